"""Outlines, masks and textures from which the simulator draws cells. Lengths are pixels."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.float32]

_ANGLES = 360
_SHIFT = 4  # fractional bits of OpenCV's drawing functions
_ONE = 1 << _SHIFT


@dataclass(frozen=True, slots=True)
class Patch:
    """Hold where a drawn square lies on the field: (x, y) of its top-left corner and its side."""

    x: int
    y: int
    side: int

    @classmethod
    def around(cls, cx: float, cy: float, radius: float) -> Patch:
        """Return the square that holds a shape of the given radius around a centre."""
        half = int(np.ceil(radius)) + 2
        return cls(round(cx) - half, round(cy) - half, 2 * half)

    def clipped(self, width: int, height: int) -> tuple[slice, slice, slice, slice] | None:
        """Return row and column slices on the field and on the patch, or None when it lies outside."""
        x0, y0 = max(self.x, 0), max(self.y, 0)
        x1, y1 = min(self.x + self.side, width), min(self.y + self.side, height)
        if x0 >= x1 or y0 >= y1:
            return None
        return (
            slice(y0, y1),
            slice(x0, x1),
            slice(y0 - self.y, y1 - self.y),
            slice(x0 - self.x, x1 - self.x),
        )


def outline(rng: np.random.Generator, radius: float, *, roughness: float, elongation: float = 1.0) -> Plane:
    """Return a closed outline as the radius at each degree, shape (360,).

    `roughness` is the size of the first harmonics relative to the radius; `elongation` the ratio of the axes.
    """
    angles = np.arange(_ANGLES, dtype=np.float32) * (2 * np.pi / _ANGLES)
    turn = float(rng.uniform(0, 2 * np.pi))
    long, short = np.sqrt(elongation), 1 / np.sqrt(elongation)
    ellipse = 1 / np.sqrt((np.cos(angles - turn) / long) ** 2 + (np.sin(angles - turn) / short) ** 2)
    wobble = np.zeros(_ANGLES, np.float32)
    for harmonic in range(2, 7):
        size = float(rng.normal(0, roughness)) / (harmonic - 1)
        wobble += size * np.cos(harmonic * angles + float(rng.uniform(0, 2 * np.pi)))
    return np.asarray(radius * ellipse * (1 + np.clip(wobble, -0.4, 0.4)), np.float32)


def distance(patch: Patch, cx: float, cy: float, edge: Plane) -> Plane:
    """Return the distance from a centre relative to an outline, (side, side): 1 on the outline."""
    across = np.arange(patch.side, dtype=np.float32) + 0.5
    dx = np.broadcast_to(across + patch.x - cx, (patch.side, patch.side))
    dy = np.broadcast_to((across + patch.y - cy)[:, None], (patch.side, patch.side))
    length, angle = cv2.cartToPolar(np.ascontiguousarray(dx), np.ascontiguousarray(dy), angleInDegrees=True)
    return np.asarray(length / edge[angle.astype(np.int32) % _ANGLES], np.float32)


def soft_step(values: Plane, low: float, high: float) -> Plane:
    """Return a smooth step from 0 at `low` to 1 at `high` (which may be the smaller one)."""
    t = np.clip((values - low) / (high - low), 0.0, 1.0)
    return np.asarray(t * t * (3 - 2 * t), np.float32)


class Mask:
    """Draw antialiased shapes, in field coordinates, on one patch."""

    def __init__(self, patch: Patch) -> None:
        self.patch = patch
        self.pixels: NDArray[np.uint8] = np.zeros((patch.side, patch.side), np.uint8)

    def ellipse(self, cx: float, cy: float, a: float, b: float, angle: float, value: int = 255) -> None:
        """Fill an ellipse with half axes a and b, turned by an angle in radians."""
        cv2.ellipse(
            self.pixels,
            self._fixed(cx, cy),
            (max(round(a * _ONE), 1), max(round(b * _ONE), 1)),
            float(np.degrees(angle)),
            0,
            360,
            value,
            -1,
            cv2.LINE_AA,
            _SHIFT,
        )

    def stroke(self, points: NDArray[np.floating], width: float, value: int = 255) -> None:
        """Draw a line of a given width through points of shape (n, 2), with round ends."""
        fixed = np.asarray([self._fixed(float(x), float(y)) for x, y in points], np.int32)
        cv2.polylines(
            self.pixels,
            [fixed[:, None]],
            isClosed=False,
            color=value,
            thickness=max(round(width), 1),
            lineType=cv2.LINE_AA,
            shift=_SHIFT,
        )

    def fill(self, cx: float, cy: float, edge: Plane, value: int = 255) -> None:
        """Fill an outline made by `outline` around a centre."""
        angles = np.arange(0, _ANGLES, 4) * (2 * np.pi / _ANGLES)
        radius = edge[::4]
        points = [
            self._fixed(cx + float(r * np.cos(a)), cy + float(r * np.sin(a)))
            for a, r in zip(angles, radius, strict=True)
        ]
        cv2.fillPoly(self.pixels, [np.asarray(points, np.int32)], value, cv2.LINE_AA, _SHIFT)

    def soft(self, sigma: float) -> Plane:
        """Return the mask as numbers from 0 to 1, with edges softened by a Gaussian."""
        plane = self.pixels.astype(np.float32) / 255.0
        return np.asarray(cv2.GaussianBlur(plane, (0, 0), sigma), np.float32) if sigma > 0 else plane

    def _fixed(self, x: float, y: float) -> tuple[int, int]:
        # OpenCV puts whole coordinates on pixel centres, the simulator on pixel corners.
        return round((x - self.patch.x - 0.5) * _ONE), round((y - self.patch.y - 0.5) * _ONE)


def noise(rng: np.random.Generator, height: int, width: int, grain: float) -> Plane:
    """Return smooth noise of unit spread, shape (height, width), with spots about `grain` pixels wide."""
    step = max(grain, 1.0)
    rows, columns = int(np.ceil(height / step)) + 2, int(np.ceil(width / step)) + 2
    coarse = rng.standard_normal((rows, columns), dtype=np.float32)
    if step == 1.0:
        return coarse[:height, :width]
    fine = cv2.resize(coarse, None, fx=step, fy=step, interpolation=cv2.INTER_CUBIC)
    return np.asarray(fine[:height, :width], np.float32)
