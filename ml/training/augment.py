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
    """How strongly colour, light, focus and camera are changed; 0 switches a part off.

    ``background``, ``blur``, ``noise``, ``jpeg``, ``shade``, ``hue_chance`` and ``grey`` are chances, ``probability``
    that of any change at all. ``stain`` is the spread of the mixing matrix, ``contrast`` and ``exposure`` bound a
    factor's logarithm, ``cast`` is the spread of the light's colour in logarithms, ``hue`` of a turn in half circles.
    """

    stain: float = 0.12
    contrast: float = 0.0
    background: float = 0.0
    hue: float = 0.0
    hue_chance: float = 0.5
    cast: float = 0.0
    exposure: tuple[float, float] = (0.0, 0.0)
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
    """Mix the channels in optical density (stain), then saturation, hue, gamma and gain (camera and light).

    Beer-Lambert: stains add in optical density -log(I / I0) (Ruifrok and Johnston 2001), so a change of stain is a
    near-identity matrix there.
    """
    density = _DENSITY[image]
    if strength.background and rng.random() < strength.background:
        density = _whiten(density, rng)
    whole = rng.uniform(1 - 2 * strength.stain, 1 + 2 * strength.stain)
    if strength.contrast:
        whole = np.exp(rng.uniform(-strength.contrast, strength.contrast))
    mix = np.eye(3, dtype=np.float32) * np.float32(whole)
    mix += rng.normal(0, strength.stain, (3, 3)).astype(np.float32) * np.float32(max(1.0, whole))
    light = np.exp(-np.maximum(cv2.transform(density, mix), 0))
    grey = light @ _LUMA
    colourless = rng.random() < strength.grey
    kept = 0.0 if colourless else rng.uniform(1 - strength.saturation, 1 + strength.saturation)
    light = grey[..., None] + (light - grey[..., None]) * np.float32(kept)
    if strength.hue and rng.random() < strength.hue_chance:
        light = light @ _turn_of_hue(rng.normal(0, strength.hue)).T
    gamma = np.exp(rng.uniform(-strength.gamma, strength.gamma))
    light = np.clip(light, 0, 1.5) ** np.float32(gamma)
    light = light * _light(rng, strength)
    return (np.clip(light, 0, 1) * 255).astype(np.uint8)


def _whiten(density: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """Return the densities with most of the background's taken away: a laboratory that exposes to a white field.

    The background is the 15th percentile of a crop's densities, channel by channel.
    """
    background = np.percentile(density.reshape(-1, 3)[::7], 15, axis=0).astype(np.float32)
    return np.maximum(density - background * np.float32(rng.uniform(0.3, 1.2)), 0)


def _turn_of_hue(half_circles: float) -> NDArray[np.float32]:
    """Return the matrix (3, 3) that turns colours around the grey axis (Rodrigues' rotation formula)."""
    angle = half_circles * np.pi
    axis = 1 / np.sqrt(3)
    cross = np.array([[0, -axis, axis], [axis, 0, -axis], [-axis, axis, 0]])
    return (np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * (cross @ cross)).astype(np.float32)


def _light(rng: np.random.Generator, strength: Appearance) -> NDArray[np.float32]:
    """Return the factor (3,) of each channel: exposure, white balance, and a lamp's cast.

    Half of the casts also take blue away, as the yellow field of a lamp without a blue filter does.
    """
    factor = rng.uniform(1 - strength.gain, 1 + strength.gain) * rng.normal(1, strength.gain / 4, 3)
    factor *= np.exp(rng.uniform(*strength.exposure))
    if strength.cast and rng.random() < 0.5:
        factor *= np.exp(rng.normal(0, strength.cast, 3))
        if rng.random() < 0.5:
            factor[2] *= np.exp(rng.uniform(-0.8, 0.1))
    return factor.astype(np.float32)


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
