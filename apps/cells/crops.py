"""Pictures of single cells: written once under an opaque key, complete before any row names them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from apps.core import storage
from ml.images import encode_png


def save_crop(*, prefix: str, pixels: NDArray[np.uint8]) -> str:
    """Store a crop as PNG below ``prefix`` and return its key.

    Args:
        prefix: Folder of the store; that of a job's attempt, so that a refused attempt can be swept.
        pixels: uint8 array of shape (H, W, 3), sRGB.
    """
    key = storage.new_key(prefix, ".png")
    storage.save_bytes(key, encode_png(pixels))
    return key
