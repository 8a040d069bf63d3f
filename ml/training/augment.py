"""Change training images as laboratories, stains and cameras do. NumPy and OpenCV only; every draw from one generator.

All functions take and return ``uint8`` images (H, W, 3) in sRGB.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Appearance:
    """How strongly colour, light, focus and camera are changed; 0 switches a part off."""

    stain: float = 0.12
    gain: float = 0.15
    gamma: float = 0.25
    saturation: float = 0.3
    blur: float = 0.25
    noise: float = 0.25
    jpeg: float = 0.2
    shade: float = 0.3
    grey: float = 0.0
    probability: float = 0.9


def change_appearance(image: Image, rng: np.random.Generator, strength: Appearance) -> Image:
    """Return the image under another stain, light, focus and camera."""
    if rng.random() >= strength.probability:
        return image
    image = _change_colour(image, rng, strength)
    if rng.random() < strength.shade:
        image = _shade(image, rng)
    if rng.random() < strength.blur:
        sigma = rng.uniform(0.3, 1.3)
        image = np.asarray(cv2.GaussianBlur(image, (0, 0), sigma), np.uint8)
    if rng.random() < strength.noise:
        noise = rng.standard_normal(image.shape, np.float32) * rng.uniform(1, 8)
        image = np.clip(image + noise, 0, 255).astype(np.uint8)
    if rng.random() < strength.jpeg:
        quality = int(rng.integers(35, 90))
        _, encoded = cv2.imencode(".jpg", image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
        image = np.asarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR), np.uint8)[..., ::-1]
    return np.ascontiguousarray(image)


def _change_colour(image: Image, rng: np.random.Generator, strength: Appearance) -> Image:
    """Mix the channels in optical density (stain), then gain, saturation and gamma (camera).

    Beer-Lambert: stains add in optical density -log(I / I0) (Ruifrok and Johnston 2001), so a change of stain is a
    near-identity matrix there.
    """
    density = _DENSITY[image]
    mix = np.eye(3, dtype=np.float32) * rng.uniform(1 - 2 * strength.stain, 1 + 2 * strength.stain)
    mix += rng.normal(0, strength.stain, (3, 3)).astype(np.float32)
    light = np.exp(-np.maximum(cv2.transform(density, mix), 0))
    grey = light @ _LUMA
    colourless = rng.random() < strength.grey
    kept = 0.0 if colourless else rng.uniform(1 - strength.saturation, 1 + strength.saturation)
    light = grey[..., None] + (light - grey[..., None]) * np.float32(kept)
    gain = rng.uniform(1 - strength.gain, 1 + strength.gain) * rng.normal(1, strength.gain / 4, 3)
    gamma = np.exp(rng.uniform(-strength.gamma, strength.gamma))
    light = np.clip(light * gain.astype(np.float32), 0, 1) ** np.float32(gamma)
    return (light * 255).astype(np.uint8)


def _shade(image: Image, rng: np.random.Generator) -> Image:
    """Return the image with light that falls off in one direction, as with a badly centred condenser."""
    height, width = image.shape[:2]
    angle, depth = rng.uniform(0, 2 * np.pi), rng.uniform(0.05, 0.3)
    x = np.linspace(-0.5, 0.5, width, dtype=np.float32) * np.float32(np.cos(angle))
    y = np.linspace(-0.5, 0.5, height, dtype=np.float32) * np.float32(np.sin(angle))
    fall = 1 - np.float32(depth) * (x[None, :] + y[:, None] + 0.5)
    return np.clip(image * fall[..., None], 0, 255).astype(np.uint8)


_LUMA = np.array([0.299, 0.587, 0.114], np.float32)
"""Weights of red, green and blue in brightness (ITU-R BT.601)."""

_DENSITY = -np.log(np.maximum(np.arange(256, dtype=np.float32), 1) / 255)


def flip_and_turn(image: Image, rng: np.random.Generator) -> tuple[Image, int, bool]:
    """Return the image turned by a multiple of 90 degrees and perhaps mirrored, with the turns and the mirror."""
    turns, mirror = int(rng.integers(4)), bool(rng.integers(2))
    turned = np.rot90(image, turns)
    return np.ascontiguousarray(turned[:, ::-1] if mirror else turned), turns, mirror


def turn_boxes(
    boxes: NDArray[np.float64], *, width: int, height: int, turns: int, mirror: bool
) -> NDArray[np.float64]:
    """Return boxes (T, 4) of a width x height image after the same turn and mirror."""
    boxes = boxes.copy()
    for _ in range(turns):
        # np.rot90 turns counter-clockwise: (x, y) -> (y, width - x).
        x0, y0, x1, y1 = boxes.T.copy()
        boxes = np.stack((y0, width - x1, y1, width - x0), axis=1)
        width, height = height, width
    if mirror:
        boxes[:, [0, 2]] = width - boxes[:, [2, 0]]
    return boxes
