"""White cells of simulated smears: size, cytoplasm, granules and nucleus by class."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from ml.simulator.nuclei import NUCLEI
from ml.simulator.shapes import Mask, Patch, Plane, distance, noise, outline, soft_step
from ml.simulator.stains import Stain


@dataclass(frozen=True, slots=True)
class CellStyle:
    """Say how one class of white cells looks.

    `diameter_um` is the range on a dried smear; `cytoplasm` gives shares of the neutral, blue and eosin
    colours; `granules` the range of their number, `granule_um` their diameter; `vacuoles` a chance.
    """

    diameter_um: tuple[float, float]
    cytoplasm: tuple[float, float, float]
    strength: tuple[float, float]
    nucleus_density: float  # share of the dense nucleus colour
    chromatin: float  # contrast of the nucleus's texture
    granules: tuple[int, int] = (0, 0)
    granule_colour: str = "neutral_cytoplasm"
    granule_um: tuple[float, float] = (0.3, 0.5)
    granule_strength: float = 0.6
    over_nucleus: float = 0.0  # share of the granules' strength that also lies over the nucleus
    roughness: float = 0.025
    vacuoles: float = 0.0


# Diameters follow textbooks of haematology morphology (smear, human, adult).
STYLES: Final[dict[str, CellStyle]] = {
    "neutrophil": CellStyle(
        (11.5, 15.5),
        (0.85, 0.15, 0.05),
        (0.5, 1.0),
        0.35,
        0.16,
        (120, 320),
        "neutral_cytoplasm",
        (0.2, 0.4),
        0.5,
    ),
    "lymphocyte": CellStyle((7.8, 12.0), (0.05, 0.95, 0.0), (0.8, 1.25), 0.75, 0.12, roughness=0.03),
    "monocyte": CellStyle(
        (13.5, 18.5),
        (0.35, 0.65, 0.0),
        (0.8, 1.2),
        0.1,
        0.24,
        (0, 90),
        "neutral_cytoplasm",
        (0.2, 0.35),
        0.4,
        roughness=0.05,
        vacuoles=0.45,
    ),
    "eosinophil": CellStyle(
        (12.0, 15.5),
        (0.3, 0.0, 0.5),
        (0.7, 1.0),
        0.4,
        0.16,
        (160, 300),
        "eosin_granule",
        (0.5, 0.9),
        0.45,
        over_nucleus=0.1,
    ),
    "basophil": CellStyle(
        (10.5, 14.0),
        (0.6, 0.3, 0.0),
        (0.5, 0.9),
        0.1,
        0.15,
        (90, 260),
        "dark_granule",
        (0.4, 0.85),
        0.65,
        over_nucleus=0.8,
        roughness=0.035,
    ),
    "immature-granulocyte": CellStyle(
        (13.5, 18.0),
        (0.6, 0.45, 0.05),
        (0.7, 1.15),
        0.15,
        0.22,
        (40, 200),
        "dark_granule",
        (0.25, 0.45),
        0.3,
        over_nucleus=0.3,
    ),
    "erythroblast": CellStyle((7.8, 11.5), (0.25, 0.75, 0.1), (0.7, 1.2), 1.0, 0.14, roughness=0.03),
}


@dataclass(frozen=True, slots=True)
class WhiteCell:
    """Hold one drawn white cell: cover and nucleus (side, side) from 0 to 1, density (side, side, 3)."""

    patch: Patch
    cover: Plane
    nucleus: Plane
    density: NDArray[np.float32]


def draw_radius(rng: np.random.Generator, name: str, um_per_px: float) -> float:
    """Draw a white cell's radius in pixels at a scale of `um_per_px` micrometres a pixel."""
    return float(rng.uniform(*STYLES[name].diameter_um)) / 2 / um_per_px


def draw_white_cell(
    rng: np.random.Generator, name: str, x: float, y: float, radius: float, um_per_px: float, stain: Stain
) -> WhiteCell:
    """Draw one white cell of a class around (x, y); raise KeyError for a class that has no style."""
    style = STYLES[name]
    edge = outline(rng, radius, roughness=style.roughness, elongation=float(rng.uniform(1.0, 1.18)))
    patch = Patch.around(x, y, float(edge.max()) * 1.06)
    side = patch.side
    softness = max(0.35 / um_per_px / radius, 2.0 / radius)
    cover = soft_step(distance(patch, x, y, edge), 1 + softness / 2, 1 - softness)

    mask = Mask(patch)
    NUCLEI[name](rng, mask, x, y, radius)
    # Blur, then cut at half height: rounds the corners where drawn pieces meet, as membranes do.
    rounded = soft_step(mask.soft(max(radius * 0.05, 0.7)), 0.35, 0.65)
    nucleus = cv2.GaussianBlur(rounded, (0, 0), max(0.08 / um_per_px, 0.7)) * soft_step(cover, 0.2, 0.9)

    density = _cytoplasm(rng, style, stain, cover, um_per_px)
    if rng.random() < style.vacuoles:
        density *= (1 - 0.75 * _vacuoles(rng, patch, x, y, radius, um_per_px))[..., None]
    if style.granules[1]:
        grains = _granules(rng, style, patch, x, y, edge, um_per_px) * cover
        density += (grains * style.granule_strength)[..., None] * stain.density(style.granule_colour)
    else:
        grains = None

    chromatin = noise(rng, side, side, max(0.45 / um_per_px, 1.2))
    colour = (1 - style.nucleus_density) * stain.density("nucleus")
    colour = colour + style.nucleus_density * stain.density("dense_nucleus")
    depth = float(rng.uniform(0.85, 1.15)) * np.clip(1 + style.chromatin * chromatin, 0.45, 1.6)
    core = depth[..., None] * colour
    if style.over_nucleus and grains is not None:
        core += (grains * style.over_nucleus * style.granule_strength)[..., None] * stain.density(
            style.granule_colour
        )
    density += nucleus[..., None] * (core - density)
    return WhiteCell(patch, cover, np.asarray(nucleus, np.float32), np.asarray(density, np.float32))


def _cytoplasm(
    rng: np.random.Generator, style: CellStyle, stain: Stain, cover: Plane, um_per_px: float
) -> NDArray[np.float32]:
    neutral, blue, eosin = style.cytoplasm
    lean = float(rng.uniform(-0.12, 0.12))
    colour = (
        max(neutral + lean, 0.0) * stain.density("neutral_cytoplasm")
        + max(blue - lean, 0.0) * stain.density("blue_cytoplasm")
        + eosin * stain.density("eosin_granule")
    )
    mottle = noise(rng, cover.shape[0], cover.shape[1], max(0.6 / um_per_px, 1.5))
    amount = cover * float(rng.uniform(*style.strength)) * np.clip(1 + 0.16 * mottle, 0.4, 1.7)
    return np.asarray(amount[..., None] * colour, np.float32)


def _granules(
    rng: np.random.Generator,
    style: CellStyle,
    patch: Patch,
    x: float,
    y: float,
    edge: Plane,
    um_per_px: float,
) -> Plane:
    """Scatter a class's granules over the cell; return their amount, (side, side), 0 to about 2."""
    count = int(rng.integers(style.granules[0], style.granules[1] + 1))
    mask = Mask(patch)
    angles = rng.integers(0, len(edge), count)
    reach = edge[angles] * np.sqrt(rng.random(count)) * 0.97
    turn = angles * (2 * np.pi / len(edge))
    sizes = rng.uniform(*style.granule_um, count) / 2 / um_per_px
    values = rng.integers(110, 256, count)
    spots = zip(x + reach * np.cos(turn), y + reach * np.sin(turn), sizes, values, strict=True)
    for cx, cy, size, value in spots:
        mask.ellipse(float(cx), float(cy), float(size), float(size), 0.0, int(value))
    return mask.soft(max(0.06 / um_per_px, 0.5)) * 1.3


def _vacuoles(
    rng: np.random.Generator, patch: Patch, x: float, y: float, radius: float, um_per_px: float
) -> Plane:
    mask = Mask(patch)
    for _ in range(int(rng.integers(2, 14))):
        angle, reach = float(rng.uniform(0, 2 * np.pi)), radius * float(rng.uniform(0.3, 0.88))
        size = float(rng.uniform(0.2, 0.7)) / um_per_px
        mask.ellipse(
            x + reach * float(np.cos(angle)), y + reach * float(np.sin(angle)), size, size * 0.85, angle
        )
    return np.asarray(cv2.GaussianBlur(mask.soft(0), (0, 0), 0.8), np.float32)
