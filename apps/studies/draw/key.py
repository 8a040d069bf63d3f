"""What the orders and the digest of a study need of its key, and nothing that reaches a person."""

from __future__ import annotations

from apps.studies.chance import bits
from apps.studies.models import Study
from apps.studies.sequence import Image
from apps.studies.truth import CaseKey


def images_of(study: Study) -> tuple[list[Image], list[Image]]:
    """Return the practice images and all others as the algorithm of the order takes them, each by code."""
    keys = CaseKey.objects.filter(study=study).select_related("case", "first").order_by("case__code")
    practice: list[Image] = []
    others: list[Image] = []
    for key in keys:
        first = key.first.code if key.first is not None else ""
        image = Image(key.case.code, key.intended_class, key.origin, first)
        (practice if key.case.practice else others).append(image)
    return practice, others


def commitments(study: Study) -> dict[str, str]:
    """Return, by case code, what binds the key without telling it: HMAC of the seed and the whole key of the case."""
    keys = CaseKey.objects.filter(study=study).select_related("case", "crop", "first")
    return {
        key.case.code: bits(
            study.seed,
            "key",
            key.case.code,
            key.crop.public_id.hex if key.crop is not None else "",
            key.first.code if key.first is not None else "",
            key.arm,
            key.stratum,
            key.origin,
            key.generator_version,
            key.intended_class,
        ).hex()
        for key in keys
    }
