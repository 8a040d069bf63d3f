"""The second gate: how well plain figures of the pictures tell the arms apart."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from apps.studies.audit.report import Content
from ml.images.container import picture_bytes
from ml.images.traits import FAMILIES, traits
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


def judge(bodies: Sequence[bytes], second: Sequence[bool], *, seed: int) -> tuple[Content, ...]:
    """Return what each family of figures tells, and all together; nothing where there is one arm."""
    groups = np.asarray(second, bool)
    if groups.all() or not groups.any():
        return ()
    return tuple(
        Content(
            one.family,
            FAMILIES.get(one.family, TOGETHER_LABEL),
            round(one.auc, 3),
            round(one.p, 4),
            round(one.p_holm, 4),
        )
        for one in separations(figures(bodies), groups, seed=seed)
    )
