"""`colour-nuclei`: a classical method of ours that finds every nucleus by its stain and grows it to the cell.

1. Nuclear stain: the excess of absorption in green over that in blue (nuclei are violet-blue; red cells absorb blue as
   much as green), in optical density -log10(I / I0), with I0 the brightest tenth of each channel.
2. Otsu's threshold (Otsu 1979) on that excess, bounded from below so that a field without nuclei has none; opening,
   closing, lobes of one nucleus joined by a closing of a lobe's gap; small regions dropped.
3. Growth: the box of the nucleus grows on each side by a fixed share of its larger side, for the cytoplasm.

The constants were chosen on half of BCCD's training fields and a sixth of TXL's.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ml.contracts import Detection

WORK_SIDE = 320
"""Long side at which the method works, in pixels."""

MIN_EXCESS = 0.10
"""Optical density of green over blue below which nothing is a nucleus."""

MIN_NUCLEUS_SHARE = 0.01
"""Smallest area of a nucleus over the area of the field."""

JOIN_SHARE = 0.045
"""Gap over the long side of the field that is closed between lobes of one nucleus."""

GROWTH = 0.15
"""Share of the nucleus' larger side by which its box grows on each side."""


class ColourNuclei:
    """Find white cells by their nuclei."""

    def locate(self, pixels: NDArray[np.uint8], *, um_per_px: float | None = None) -> list[Detection]:  # noqa: ARG002 - one signature
        """Return the white cells of a field (H, W, 3), largest nucleus first; the scale is not used.

        The score is the mean stain over the nucleus, in [0, 1].
        """
        height, width = pixels.shape[:2]
        factor = WORK_SIDE / max(height, width)
        size = (max(1, round(width * factor)), max(1, round(height * factor)))
        small = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
        excess = nuclear_excess(small)
        found: list[tuple[float, Detection]] = []
        count, labels, stats, _ = cv2.connectedComponentsWithStats(nucleus_mask(excess))
        for index in range(1, count):
            x, y, w, h, _ = (int(v) for v in stats[index])
            nucleus = labels == index
            if nucleus.sum() < MIN_NUCLEUS_SHARE * excess.size:
                continue
            grow = GROWTH * max(w, h)
            box = (
                max(0.0, (x - grow) * width / size[0]),
                max(0.0, (y - grow) * height / size[1]),
                min(float(width), (x + w + grow) * width / size[0]),
                min(float(height), (y + h + grow) * height / size[1]),
            )
            score = float(min(1.0, excess[nucleus].mean() / (4 * MIN_EXCESS)))
            found.append((float(nucleus.sum()), Detection(box, score)))
        return [detection for _, detection in sorted(found, key=lambda f: -f[0])]


def nuclear_excess(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return per pixel (H, W) how much more it absorbs in green than in blue, in optical density."""
    smooth = cv2.GaussianBlur(pixels, (5, 5), 0).astype(np.float32)
    white = np.maximum(np.percentile(smooth.reshape(-1, 3), 90, axis=0), 1).astype(np.float32)
    density = -np.log10(np.clip(smooth / white, 1 / 255, 1))
    return np.asarray(density[..., 1] - density[..., 2], np.float32)


def nucleus_mask(excess: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Return the mask (H, W) of nuclei, lobes of one nucleus joined."""
    scaled = np.clip(excess * 255, 0, 255).astype(np.uint8)
    threshold, _ = cv2.threshold(scaled, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    mask = (excess > max(threshold / 255, MIN_EXCESS)).astype(np.uint8)
    opened = cv2.morphologyEx(mask, cv2.MORPH_OPEN, _disc(5))
    gap = max(3, round(JOIN_SHARE * max(excess.shape)))
    return np.asarray(cv2.morphologyEx(opened, cv2.MORPH_CLOSE, _disc(gap)), np.uint8)


def _disc(size: int) -> NDArray[np.uint8]:
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)), np.uint8)
