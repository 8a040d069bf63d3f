"""Writing the stored orders of readers, and the digests that name what was locked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from apps.studies import draw, sequence
from apps.studies.models import Enrolment, Slot, Study
from apps.studies.sequence import Place

PRACTICE = "practice"


def write_order(*, study: Study, enrolment: Enrolment) -> str:
    """Write the slots of a reader of a study that is locked or open; return the digest of the order.

    Depends on the seed, the pseudonym and the images alone.
    """
    slots, digest = plan_order(study=study, enrolment=enrolment)
    Slot.objects.bulk_create(slots, batch_size=500)
    Enrolment.objects.filter(pk=enrolment.pk).update(digest=digest)
    enrolment.digest = digest
    return digest


def plan_order(*, study: Study, enrolment: Enrolment) -> tuple[list[Slot], str]:
    """Return the slots of a reader and the digest of their order, without writing them."""
    practice, others = draw.images_of(study)
    cases = dict(study.cases.values_list("code", "pk"))
    parts: list[tuple[int, list[Place]]] = [
        (
            1,
            [
                Place(p.position, 0, p.code)
                for p in _order(practice, study, f"{enrolment.pseudonym} {PRACTICE}")
            ],
        )
    ]
    sittings = range(1, study.plan.sittings + 1)
    parts += [(sitting, _order(others, study, enrolment.pseudonym, sitting)) for sitting in sittings]
    slots: list[Slot] = []
    words = []
    for sitting, places in parts:
        behind = len(slots)
        slots += [
            Slot(
                enrolment=enrolment,
                position=behind + place.position,
                block=place.block,
                sitting=sitting,
                case_id=cases[place.code],
            )
            for place in places
        ]
        words.append(f"{sitting} {sequence.digest(places)}")
    return slots, _named({"pseudonym": enrolment.pseudonym, "algorithm": sequence.ALGORITHM, "parts": words})


def digest_of(*, study: Study, orders: Mapping[str, str]) -> str:
    """Return the name of everything that is fixed at locking: protocol, draw, audit, images, key (sealed) and orders.

    Args:
        study: With its cases.
        orders: Digests by pseudonym.
    """
    sealed = draw.commitments(study)
    cases = study.cases.order_by("code").values_list(
        "code", "number", "practice", "control", "replicate", "image_digest", "length"
    )
    return _named(
        {
            "study": str(study.public_id),
            "protocol": study.protocol,
            "protocol_version": study.protocol_version,
            "draw": study.draw_report,
            "audit": study.audit,
            "seed": sha256(bytes.fromhex(study.seed)).hexdigest(),
            "cases": [[*case, sealed[case[0]]] for case in cases],
            "orders": dict(orders),
        }
    )


def _order(images: list[sequence.Image], study: Study, who: str, sitting: int = 1) -> list[Place]:
    return sequence.order(images, seed=study.seed, who=who, sitting=sitting) if images else []


def _named(content: dict[str, Any]) -> str:
    return sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
