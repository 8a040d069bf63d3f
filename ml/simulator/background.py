"""Red cells, platelets and dirt: what surrounds the white cells of a simulated smear."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ml.simulator.shapes import Mask, Patch, Plane, distance, noise, outline, soft_step

RED_CELL_UM = 7.3  # mean diameter of a human red cell on a dried smear (6.2 to 8.2 um)


@dataclass(frozen=True, slots=True)
class RedCellStyle:
    """Say how the red cells of one slide look: depth, size and softness of the pallor, shape, overlaps."""

    pallor_depth: float
    pallor_size: float
    pallor_softness: float
    rim: float
    size_spread: float
    elongation: float
    roughness: float
    overlap: float
    refractile: float


def draw_red_style(rng: np.random.Generator) -> RedCellStyle:
    """Draw the look of one slide's red cells."""
    return RedCellStyle(
        pallor_depth=float(rng.uniform(0.1, 0.95)),
        pallor_size=float(rng.uniform(0.25, 0.62)),
        pallor_softness=float(rng.uniform(0.12, 0.4)),
        rim=float(rng.uniform(0.0, 0.3)),
        size_spread=float(rng.uniform(0.04, 0.12)),
        elongation=float(rng.uniform(0.02, 0.25)),
        roughness=float(rng.uniform(0.008, 0.035)),
        overlap=float(rng.uniform(0.0, 0.7)),
        refractile=float(rng.choice([0.0, 0.0, 0.08, 0.3])),
    )


def red_cell_centres(
    rng: np.random.Generator,
    width: int,
    height: int,
    radius: float,
    *,
    count: int,
    overlap: float,
    taken: NDArray[np.float64],
) -> list[tuple[float, float]]:
    """Return up to `count` centres: single cells, touching groups and chains, clear of the white cells.

    `taken` holds (x, y, radius) of each white cell, shape (n, 3). Cells may lie half outside the field.
    """
    centres: list[tuple[float, float]] = []
    nearest = radius * (2.0 - 1.1 * overlap)
    tries = 0
    while len(centres) < count and tries < count * 6:
        tries += 1
        if centres and rng.random() < 0.15 + 0.35 * overlap:  # grow a chain or a clump
            base = centres[-1]
            angle = float(rng.uniform(0, 2 * np.pi))
            reach = radius * float(rng.uniform(0.8 if overlap > 0.3 else 1.5, 2.0))
            x, y = base[0] + reach * float(np.cos(angle)), base[1] + reach * float(np.sin(angle))
            crowded = False
        else:
            x = float(rng.uniform(-0.8 * radius, width + 0.8 * radius))
            y = float(rng.uniform(-0.8 * radius, height + 0.8 * radius))
            crowded = any((x - a) ** 2 + (y - b) ** 2 < nearest**2 for a, b in centres)
        if crowded or not (-radius < x < width + radius and -radius < y < height + radius):
            continue
        if len(taken) and bool(
            np.any(np.hypot(taken[:, 0] - x, taken[:, 1] - y) < taken[:, 2] + radius * 0.86)
        ):
            continue
        centres.append((x, y))
    return centres


def add_red_cell(
    rng: np.random.Generator, layer: Plane, x: float, y: float, radius: float, style: RedCellStyle
) -> tuple[Patch, Plane] | None:
    """Add the thickness of one red cell to a (height, width) layer; return its patch and mask, if on it."""
    edge = outline(
        rng, radius, roughness=style.roughness, elongation=1 + abs(float(rng.normal(0, style.elongation)))
    )
    patch = Patch.around(x, y, float(edge.max()))
    clip = patch.clipped(layer.shape[1], layer.shape[0])
    if clip is None:
        return None
    rho = distance(patch, x, y, edge)
    size = style.pallor_size * float(rng.uniform(0.8, 1.2))
    depth = float(np.clip(style.pallor_depth * rng.uniform(0.6, 1.15), 0, 0.97))
    softness = 2.2 / radius
    cover = soft_step(rho, 1 + softness / 2, 1 - softness)
    thick = cover * (
        1 - depth * soft_step(rho, size + style.pallor_softness, max(size - style.pallor_softness, 0.0))
    )
    if style.rim > 0:
        thick *= 1 + style.rim * soft_step(rho, 0.72, 0.95)
    thick *= float(rng.uniform(0.8, 1.15))
    if rng.random() < style.refractile:
        _add_refractile_spot(rng, thick, patch, x, y, radius)
    rows, columns, patch_rows, patch_columns = clip
    layer[rows, columns] += thick[patch_rows, patch_columns]
    return patch, cover


def _add_refractile_spot(
    rng: np.random.Generator, thick: Plane, patch: Patch, x: float, y: float, radius: float
) -> None:
    """Add a drying artefact: a small bright spot with a dark ring."""
    cx, cy = x + float(rng.normal(0, radius / 3)), y + float(rng.normal(0, radius / 3))
    spot = outline(rng, radius * float(rng.uniform(0.06, 0.16)), roughness=0.15, elongation=1.5)
    ring, core = Mask(patch), Mask(patch)
    ring.fill(cx, cy, spot * 1.7)
    core.fill(cx, cy, spot)
    thick *= 1 + 0.9 * ring.soft(0.8)
    thick *= 1 - 0.9 * core.soft(0.8)


def add_platelet(
    rng: np.random.Generator,
    density: NDArray[np.float32],
    x: float,
    y: float,
    radius: float,
    colour: NDArray[np.float32],
) -> tuple[Patch, Plane] | None:
    """Add one platelet to the (height, width, 3) optical density; return its patch and mask."""
    edge = outline(rng, radius, roughness=0.09, elongation=float(rng.uniform(1, 1.5)))
    patch = Patch.around(x, y, float(edge.max()) * 1.2)
    clip = patch.clipped(density.shape[1], density.shape[0])
    if clip is None:
        return None
    rho = distance(patch, x, y, edge)
    body = soft_step(rho, 1.15, 0.75)
    grain = noise(rng, patch.side, patch.side, max(radius / 5, 1.0))
    amount = body * (0.55 + 0.45 * soft_step(rho, 1.0, 0.2)) * np.clip(1 + 0.35 * grain, 0.3, 2.2)
    rows, columns, patch_rows, patch_columns = clip
    density[rows, columns] += amount[patch_rows, patch_columns, None] * (
        colour * np.float32(rng.uniform(0.7, 1.5))
    )
    return patch, body


def add_dirt(rng: np.random.Generator, density: NDArray[np.float32], um_per_px: float) -> None:
    """Add specks, stain grains and out-of-focus smudges that are no cells."""
    height, width = density.shape[:2]
    for _ in range(int(rng.integers(0, 5))):
        x, y = float(rng.uniform(0, width)), float(rng.uniform(0, height))
        radius = float(rng.uniform(0.2, 0.7)) / um_per_px
        blur = radius * float(rng.uniform(0.15, 1.2))
        patch = Patch.around(x, y, radius + 3 * blur)
        clip = patch.clipped(width, height)
        if clip is None:
            continue
        mask = Mask(patch)
        mask.ellipse(x, y, radius, radius * float(rng.uniform(0.5, 1)), float(rng.uniform(0, np.pi)))
        rows, columns, patch_rows, patch_columns = clip
        colour = rng.uniform(0.3, 1.1) * rng.uniform(0.75, 1.0, 3)
        density[rows, columns] += mask.soft(blur)[patch_rows, patch_columns, None] * colour.astype(np.float32)
    if rng.random() < 0.25:  # a pale film of plasma protein
        film = noise(rng, height, width, max(width, height) / 4)
        density += 0.04 * cv2.GaussianBlur(np.clip(film, 0, None), (0, 0), 9)[..., None]
