"""Find the cell on a picture of a single cell, so that it is cut as cells of slides are cut."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ml.contracts import Box, Detection
from ml.localise.locator import FieldLocator

LOOKS = (256, 160, 104)
"""Long sides, in pixels, at which the picture is looked at: a tight crop needs the small ones, a wide one the large."""

MIN_SCORE = 0.1
"""Score from which a box is considered; the best one is taken, so this may be low."""

FALLBACK_SHARE = 0.8
"""Side of the box in the middle of the picture that is taken when no cell is found, over the smaller side."""


def frame_cell(locator: FieldLocator, pixels: NDArray[np.uint8]) -> Box:
    """Return the box of the cell in the middle of a picture (H, W, 3), in its pixels.

    A white cell that covers the centre, else a platelet there, else the middle of the picture.
    """
    height, width = pixels.shape[:2]
    found: list[Detection] = []
    for side in LOOKS:
        looked = locator.look(pixels, side / max(height, width), MIN_SCORE)
        found += [d for d in looked if _covers(d, width, height)]
    for kind in ("white-cell", "platelet"):
        if boxes := [d for d in found if d.kind == kind]:
            return max(boxes, key=_weight).box
    half = FALLBACK_SHARE * min(height, width) / 2
    return (width / 2 - half, height / 2 - half, width / 2 + half, height / 2 + half)


def _weight(detection: Detection) -> float:
    """Return score times side: where two boxes are about as good, the larger one is the cell, not its nucleus.

    On 200 crops of TXL training cells, 1.05 to 2.3 times as wide as the cell, this choice framed 97 % with an IoU
    of at least 0.6 (without the side: 95 %).
    """
    x0, y0, x1, y1 = detection.box
    return detection.score * float(np.sqrt((x1 - x0) * (y1 - y0)))


def _covers(detection: Detection, width: int, height: int) -> bool:
    x0, y0, x1, y1 = detection.box
    return x0 <= width / 2 < x1 and y0 <= height / 2 < y1
