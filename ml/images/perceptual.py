"""A fingerprint of what a picture shows, by which two files of one cell are found. Torch-free.

The lowest 16 x 16 frequencies of the discrete cosine transform of the brightness, each above or below their median:
256 bits that stay nearly the same when a picture is compressed, scaled or slightly recoloured (after Zauner,
"Implementation and benchmarking of perceptual image hash functions", Hagenberg 2010, section 3.1). Turned and mirrored
copies are other pictures to it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

SIDE = 64
BITS = 16
NEAR = 48
"""Bits of 256 in which two files of one cell may differ. Of 1,000 cells of PBC two different ones differ in 72 or more,
files of one in 10 at most when compressed, scaled or brighter, and in 40 at most when enlarged by 3 % and moved."""


def fingerprint(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the 256 bits of a picture (uint8, (H, W, 3)) as 32 bytes."""
    from scipy.fft import dctn  # the web process does without it

    height, width = pixels.shape[:2]
    shorter = min(height, width)
    left, top = (width - shorter) / 2, (height - shorter) / 2
    grey = Image.fromarray(np.ascontiguousarray(pixels)).convert("L")
    small = grey.resize((SIDE, SIDE), Image.Resampling.BOX, box=(left, top, left + shorter, top + shorter))
    low = dctn(np.asarray(small, np.float64), norm="ortho")[:BITS, :BITS].ravel()
    low[0] = np.median(low[1:])  # the mean brightness is a matter of exposure
    return np.packbits(low > np.median(low[1:]))


def distance(one: NDArray[np.uint8], others: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Return in how many bits a fingerprint differs from each of others, shape (n, 32)."""
    return np.bitwise_count(np.bitwise_xor(one, others.reshape(-1, one.size))).sum(axis=1, dtype=np.int64)
