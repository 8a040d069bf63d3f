"""Find the cell on a picture of a single cell, so that it is cut as cells of slides are cut."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ml.contracts import Box, Detection
from ml.localise.locator import FIRST_SIDE, FieldLocator

LOOKS = (1.0, 0.6)
"""Sizes at which the picture is looked at, as shares of the usual first look: a tight crop needs the smaller one."""

SURE = 0.6
"""A box with this score ends the search."""

FALLBACK_SHARE = 0.8
"""Side of the box in the middle of the picture that is taken when no cell is found, over the smaller side."""


def frame_cell(locator: FieldLocator, pixels: NDArray[np.uint8]) -> Box:
    """Return the box of the cell in the middle of a picture (H, W, 3), in its pixels.

    A white cell that covers the centre, else a platelet there, else the middle of the picture.
    """
    height, width = pixels.shape[:2]
    found: list[Detection] = []
    for look in LOOKS:
        found += [
            d
            for d in locator.look(pixels, look * FIRST_SIDE / max(height, width))
            if _covers(d, width, height)
        ]
        if any(d.kind == "white-cell" and d.score >= SURE for d in found):
            break
    for kind in ("white-cell", "platelet"):
        boxes = [d for d in found if d.kind == kind]
        if boxes:
            return max(boxes, key=lambda d: d.score).box
    half = FALLBACK_SHARE * min(height, width) / 2
    return (width / 2 - half, height / 2 - half, width / 2 + half, height / 2 + half)


def _covers(detection: Detection, width: int, height: int) -> bool:
    x0, y0, x1, y1 = detection.box
    return x0 <= width / 2 < x1 and y0 <= height / 2 < y1
