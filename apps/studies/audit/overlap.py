"""Which pictures of a study look alike, and which the site shows elsewhere as well."""

from __future__ import annotations

import random
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from apps.cells.models import Cell
from apps.core.errors import InvalidInput
from apps.datasets.models import CropDigest
from apps.studies.audit.report import Overlap
from apps.studies.models import Study
from apps.studies.normalise.sources import pixels_of
from apps.studies.truth import CaseKey
from ml.images.perceptual import BITS, NEAR, distance, fingerprint

LOOKED_AT = 300
"""Pictures of other places that are compared, drawn at random: opening each takes milliseconds."""


def overlap_of(study: Study, *, seed: int, looked_at: int = LOOKED_AT) -> Overlap:
    """Return what looks alike; a picture of the study counts once, however often it is shown."""
    keys = CaseKey.objects.filter(study=study, replicate=0, crop__isnull=False).select_related("crop__field")
    cells: Mapping[int, Cell] = {key.crop.pk: key.crop for key in keys if key.crop is not None}
    prints = _prints(list(cells.values()))
    pairs = 0
    for number in range(len(prints) - 1):
        pairs += int((distance(prints[number], prints[number + 1 :]) <= NEAR).sum())
    same = _same_elsewhere(cells)
    others = _others(study, cells, seed=seed, looked_at=looked_at)
    found = _prints(others)
    alike = sum(int(distance(one, found).min()) <= NEAR for one in prints) if len(found) else 0
    return Overlap(pairs=pairs, same_elsewhere=same, alike_elsewhere=alike, looked_at=len(others))


def _same_elsewhere(cells: Mapping[int, Cell]) -> int:
    ours = CropDigest.objects.filter(cell__in=list(cells)).values_list("pixel_sha256", flat=True)
    elsewhere = CropDigest.objects.filter(pixel_sha256__in=list(ours)).exclude(cell__in=list(cells))
    return elsewhere.values("pixel_sha256").distinct().count()


def _others(study: Study, cells: Mapping[int, Cell], *, seed: int, looked_at: int) -> list[Cell]:
    known = Cell.objects.exclude(project=study.project).exclude(crop_key="").values_list("pk", flat=True)
    pool = [pk for pk in known.order_by("-pk")[: 20 * looked_at] if pk not in cells]
    chosen = random.Random(seed).sample(pool, min(looked_at, len(pool)))  # noqa: S311 - a sample, nothing secret
    return list(Cell.objects.filter(pk__in=chosen).select_related("field").order_by("pk"))


def _prints(cells: list[Cell]) -> NDArray[np.uint8]:
    found = []
    for cell in cells:
        try:
            found.append(fingerprint(pixels_of(cell)))
        except InvalidInput:
            continue
    return np.array(found, np.uint8).reshape(len(found), BITS * BITS // 8)
