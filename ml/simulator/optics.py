"""Light path and camera of a simulated smear: lamp, focus, sharpening, sensor noise, compression."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ml.simulator.shapes import noise


def photograph(
    rng: np.random.Generator, density: NDArray[np.float32], background: tuple[float, float, float]
) -> NDArray[np.uint8]:
    """Turn optical density, (height, width, 3), into the 8-bit sRGB photograph of the same shape."""
    height, width = density.shape[:2]
    blurred = np.asarray(cv2.GaussianBlur(density, (0, 0), _focus(rng)), np.float32)
    image = np.exp(-blurred)
    image *= np.asarray(background, np.float32)
    image *= _lamp(rng, height, width)[..., None]
    if rng.random() < 0.6:  # the sharpening of cameras leaves a bright hem around cells
        soft = np.asarray(cv2.GaussianBlur(image, (0, 0), float(rng.uniform(1.5, 3.0))), np.float32)
        image += np.float32(rng.uniform(0.1, 0.6)) * (image - soft)
    grain = noise(rng, height, width, float(rng.choice([1.0, 1.6]))) * float(rng.uniform(0.5, 4.0))
    image += grain[..., None]
    pixels = np.clip(image, 0, 255).astype(np.uint8)
    return _compressed(rng, pixels)


def _focus(rng: np.random.Generator) -> float:
    """Draw the blur of the optics as a Gaussian's sigma in pixels: mostly sharp, at times off focus."""
    return float(rng.uniform(0.5, 1.3) if rng.random() < 0.8 else rng.uniform(1.3, 2.6))


def _lamp(rng: np.random.Generator, height: int, width: int) -> NDArray[np.float32]:
    """Return the lamp's evenness, (height, width): a tilt and a fall-off towards the corners."""
    across = np.linspace(-1, 1, width, dtype=np.float32)[None, :]
    down = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    tilt = float(rng.normal(0, 0.02)) * across + float(rng.normal(0, 0.02)) * down
    x, y = across - float(rng.normal(0, 0.2)), down - float(rng.normal(0, 0.2))
    fall = float(rng.uniform(0.0, 0.11)) * (x * x + y * y)
    return np.asarray(1 + tilt - fall, np.float32)


def _compressed(rng: np.random.Generator, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Pass the photograph through a camera's JPEG, whose softness real fields show."""
    quality = int(rng.integers(72, 98))
    encoded, data = cv2.imencode(".jpg", pixels[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not encoded:
        raise RuntimeError("OpenCV was built without JPEG support")
    decoded = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)
    return np.ascontiguousarray(decoded[..., ::-1])
