"""Change the size of a picture: the one rule, for fields and for crops. Torch-free."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray


def resize(pixels: NDArray[np.uint8], width: int, height: int) -> NDArray[np.uint8]:
    """Return the image at another size: area averaging when smaller, bilinear when larger."""
    smaller = width * height < pixels.shape[0] * pixels.shape[1]
    method = cv2.INTER_AREA if smaller else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(pixels, (width, height), interpolation=method), np.uint8)
