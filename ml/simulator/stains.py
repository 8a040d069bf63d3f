"""Colours of simulated smears: how stain and light make each part of a cell look."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Final

import numpy as np
from numpy.typing import NDArray

RGB = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Stain:
    """Name the colour of each part of a smear at full density.

    Every value is 8-bit sRGB (red, green, blue) as seen through the microscope on the given background. The
    renderer turns them into optical densities, so that overlapping parts darken as they do on glass.
    """

    background: RGB
    red_cell: RGB
    nucleus: RGB
    dense_nucleus: RGB
    neutral_cytoplasm: RGB
    blue_cytoplasm: RGB
    eosin_granule: RGB
    dark_granule: RGB
    platelet: RGB

    def density(self, part: str) -> NDArray[np.float32]:
        """Return the optical density of a part per channel, shape (3,), natural logarithm."""
        background = np.asarray(self.background, np.float32)
        colour = np.asarray(getattr(self, part), np.float32)
        return np.log(np.maximum(background, 1.0) / np.maximum(colour, 1.0))


STAINS: Final[dict[str, Stain]] = {
    # A laboratory microscope with a cool lamp: grey glass, brown-pink red cells, blue-violet nuclei.
    "microscope": Stain(
        background=(212, 220, 215),
        red_cell=(178, 124, 114),
        nucleus=(98, 66, 200),
        dense_nucleus=(48, 30, 150),
        neutral_cytoplasm=(186, 164, 204),
        blue_cytoplasm=(128, 152, 206),
        eosin_granule=(186, 104, 150),
        dark_granule=(52, 24, 118),
        platelet=(146, 136, 214),
    ),
    # An analyser with a calibrated camera: cream glass, rose red cells, dark purple nuclei.
    "analyser": Stain(
        background=(253, 230, 205),
        red_cell=(204, 166, 158),
        nucleus=(78, 34, 118),
        dense_nucleus=(56, 20, 92),
        neutral_cytoplasm=(220, 182, 188),
        blue_cytoplasm=(152, 152, 196),
        eosin_granule=(192, 96, 88),
        dark_granule=(64, 20, 92),
        platelet=(168, 122, 172),
    ),
    # A telephone on an eyepiece: yellowish light, slate red cells, magenta nuclei.
    "telephone": Stain(
        background=(206, 198, 160),
        red_cell=(122, 112, 138),
        nucleus=(98, 28, 128),
        dense_nucleus=(72, 18, 104),
        neutral_cytoplasm=(188, 150, 158),
        blue_cytoplasm=(134, 128, 176),
        eosin_granule=(188, 88, 108),
        dark_granule=(80, 12, 108),
        platelet=(150, 92, 160),
    ),
    # A fresh, strong eosin: pinkish glass, red-brown red cells.
    "rose": Stain(
        background=(226, 192, 180),
        red_cell=(160, 108, 122),
        nucleus=(92, 30, 122),
        dense_nucleus=(66, 22, 104),
        neutral_cytoplasm=(204, 158, 160),
        blue_cytoplasm=(136, 122, 172),
        eosin_granule=(196, 84, 88),
        dark_granule=(70, 14, 98),
        platelet=(150, 88, 150),
    ),
}


def draw_stain(rng: np.random.Generator) -> Stain:
    """Draw one laboratory's stain: a named one or a blend of two, with its own strength and light."""
    names = sorted(STAINS)
    first, second = (STAINS[names[int(i)]] for i in rng.integers(0, len(names), 2))
    share = float(rng.uniform(0.0, 0.5)) if rng.random() < 0.5 else 0.0
    strength = float(rng.uniform(0.8, 1.2))
    balance = rng.uniform(0.9, 1.1, 3).astype(np.float32)
    light = (rng.uniform(0.92, 1.04) * rng.uniform(0.975, 1.025, 3)).astype(np.float32)
    glass = _blend(first.background, second.background, share)
    parts: dict[str, RGB] = {"background": _rgb(np.minimum(glass * light, 255.0))}
    for field in fields(Stain):
        if field.name != "background":
            density = (1 - share) * first.density(field.name) + share * second.density(field.name)
            parts[field.name] = _rgb(np.asarray(parts["background"]) * np.exp(-density * strength * balance))
    return Stain(**parts)


def _blend(first: RGB, second: RGB, share: float) -> NDArray[np.float32]:
    return (1 - share) * np.asarray(first, np.float32) + share * np.asarray(second, np.float32)


def _rgb(values: NDArray[np.floating]) -> RGB:
    red, green, blue = (float(value) for value in values)
    return red, green, blue
