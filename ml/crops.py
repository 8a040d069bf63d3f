"""Cut cells out of fields: the one way, for training and for slides alike.

A crop is the square around a box, its side the larger side of the box times a context factor; what lies beyond the
field is filled with grey. So the same cell gives the same picture whether it comes from a training set or a slide.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ml.contracts import Box

CONTEXT = 1.25
"""Side of a crop over the larger side of the cell's box."""

FILL = 114
"""Grey level beyond the border of the field; the same in training."""


def cut(
    pixels: NDArray[np.uint8], box: Box, *, context: float = CONTEXT, size: int | None = None
) -> NDArray[np.uint8]:
    """Return the square crop (S, S, 3) around a box; ``size`` pixels wide when given, else as large as on the field.

    Area averaging when the crop shrinks, bilinear when it grows. Raises ``ValueError`` for a box without area.
    """
    x0, y0, x1, y1 = box
    side = context * max(x1 - x0, y1 - y0)
    if side <= 0:
        raise ValueError(f"A box without area cannot be cut: {box}.")
    pixel_side = max(1, round(side))
    left, top = round((x0 + x1) / 2 - pixel_side / 2), round((y0 + y1) / 2 - pixel_side / 2)
    crop = np.full((pixel_side, pixel_side, 3), FILL, np.uint8)
    height, width = pixels.shape[:2]
    # A box wholly outside the field has nothing to show: the limits must not become negative, which counts from behind.
    rows = slice(max(0, top), max(0, min(height, top + pixel_side)))
    columns = slice(max(0, left), max(0, min(width, left + pixel_side)))
    inner = pixels[rows, columns]
    row, column = max(0, -top), max(0, -left)
    if inner.size:
        crop[row : row + inner.shape[0], column : column + inner.shape[1]] = inner
    return crop if size is None else resize(crop, size)


def resize(crop: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    """Return a square crop at ``size`` x ``size`` pixels."""
    from ml import (
        resampling,
    )  # a large library, which the web process does without: its crops keep their size

    return resampling.resize(crop, size, size)
