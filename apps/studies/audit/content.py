"""The second gate: how well plain figures of the pictures tell the arms apart."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from apps.studies.audit.report import Content
from apps.studies.audit.splits import Split
from ml.images.container import picture_bytes
from ml.images.traits import FAMILIES, traits
from ml.metrics.exact import holm
from ml.metrics.separation import separations

TOGETHER = "together"
TOGETHER_LABEL = "All of these together"


def decoded(body: bytes) -> NDArray[np.uint8]:
    """Return the pixels of one of our own pictures."""
    with Image.open(io.BytesIO(body), formats=("JPEG",)) as image:
        return np.asarray(image.convert("RGB"))


def figures(bodies: Sequence[bytes]) -> dict[str, NDArray[np.float64]]:
    """Return the figures of each picture by family, shape (n, k), and all of them together."""
    measured = [traits(decoded(body), encoded=picture_bytes(body)) for body in bodies]
    found = {
        family: np.array([list(one[family].values()) for one in measured], np.float64) for family in FAMILIES
    }
    found[TOGETHER] = np.concatenate(list(found.values()), axis=1)
    return found


def judge(bodies: Sequence[bytes], splits: Sequence[Split], *, seed: int) -> tuple[Content, ...]:
    """Return what each family of figures tells of each split, and all together; nothing where there is one arm.

    p is corrected over all families and splits after Holm.
    """
    splits = [split for split in splits if len(set(split.sides)) == 2]
    if not splits:
        return ()
    measured = figures(bodies)
    found, p = [], []
    for split in splits:
        part = {family: values[split.inside] for family, values in measured.items()}
        for one in separations(part, np.asarray(split.sides, bool), seed=seed):
            label = FAMILIES.get(one.family, TOGETHER_LABEL)
            found.append(Content(one.family, label, round(one.auc, 3), round(one.p, 4), 1.0, split.between))
            p.append(one.p)
    return tuple(
        replace(one, p_holm=round(corrected, 4)) for one, corrected in zip(found, holm(p), strict=True)
    )
