"""One split for all sets: the part of an image is decided by its pixels, so the same picture under two names stays whole.

Every TXL image of source ``pbc`` is also in the PBC set under another name (pixel for pixel), and PBC holds a few
pictures twice; a split by name would let the same cell train one model and measure the other.
"""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray

VALIDATION_ONE_IN = 5
"""One picture in this many is kept out of training."""


def pixel_key(pixels: NDArray[np.uint8]) -> str:
    """Return the SHA-256 of a picture (H, W, 3): of ``b"<W>x<H>"`` and its RGB bytes."""
    height, width = pixels.shape[:2]
    digest = hashlib.sha256(f"{width}x{height}".encode())
    digest.update(np.ascontiguousarray(pixels).tobytes())
    return digest.hexdigest()


def part_of(key: str) -> str:
    """Return ``val`` for one pixel key in five, ``train`` for the others, for ever the same."""
    return "val" if int(key[:8], 16) % VALIDATION_ONE_IN == 0 else "train"
