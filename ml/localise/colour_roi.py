"""`colour-roi`: the colour method of YOUSSEF (Youssef et al. 2024, doi 10.20944/preprints202409.1990.v1).

Gaussian 3x3, to HSV, keep the range (80, 60, 140)-(255, 255, 255), largest external contour, its bounding box.
The paper calls the range RGB but applies it after the conversion to HSV; OpenCV's 8-bit BGR2HSV (hue 0-179)
reproduces its figure. It gives at most one box a field, so it misses the second cell where there are two.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ml.contracts import Detection

LOW = (80, 60, 140)
HIGH = (255, 255, 255)
KERNEL = (3, 3)


class ColourRoi:
    """Find the largest region of nuclear colour."""

    def mask(self, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return the mask (H, W), 255 where the colour is in range."""
        smooth = cv2.GaussianBlur(cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), KERNEL, 0)
        return np.asarray(cv2.inRange(cv2.cvtColor(smooth, cv2.COLOR_BGR2HSV), LOW, HIGH), np.uint8)

    def locate(self, pixels: NDArray[np.uint8], *, um_per_px: float | None = None) -> list[Detection]:  # noqa: ARG002 - one signature
        """Return at most one white cell of a field (H, W, 3); the scale is not used. Score 1: the method has none."""
        contours, _ = cv2.findContours(self.mask(pixels), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
        if not contours:
            return []
        x, y, width, height = cv2.boundingRect(max(contours, key=cv2.contourArea))
        return [Detection((float(x), float(y), float(x + width), float(y + height)), 1.0)]
