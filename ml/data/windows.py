"""Windows of annotated fields that hold no part of a white cell: the public sets have no field without one."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

MARGIN = 12
"""Pixels between a window and the nearest white cell."""


def cell_free_windows(
    pixels: NDArray[np.uint8], boxes: NDArray[np.float64], side: int
) -> Iterator[NDArray[np.uint8]]:
    """Yield the corner windows (side, side, 3) of a field (H, W, 3) that lie apart from every box (T, 4)."""
    height, width = pixels.shape[:2]
    for x, y in ((0, 0), (width - side, 0), (0, height - side), (width - side, height - side)):
        apart = (
            (boxes[:, 0] > x + side + MARGIN)
            | (boxes[:, 2] < x - MARGIN)
            | (boxes[:, 1] > y + side + MARGIN)
            | (boxes[:, 3] < y - MARGIN)
        )
        if min(x, y) >= 0 and apart.all():
            yield pixels[y : y + side, x : x + side]
