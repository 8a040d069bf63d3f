"""Compose a simulated smear field: place cells, draw them, photograph them, return the true boxes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ml.contracts import Box, Kind
from ml.simulator.background import (
    RED_CELL_UM,
    RedCellStyle,
    add_dirt,
    add_platelet,
    add_red_cell,
    draw_red_style,
    red_cell_centres,
)
from ml.simulator.optics import photograph
from ml.simulator.shapes import Patch, Plane
from ml.simulator.stains import STAINS, Stain, draw_stain
from ml.simulator.white_cells import STYLES, WhiteCell, draw_radius, draw_white_cell

WHITE_CELL_CLASSES: Final[tuple[str, ...]] = tuple(STYLES)
# A differential of healthy adults, with the rare classes raised so that short runs show each of them.
_SHARES: Final[dict[str, float]] = {
    "neutrophil": 0.44,
    "lymphocyte": 0.26,
    "monocyte": 0.1,
    "eosinophil": 0.08,
    "basophil": 0.05,
    "immature-granulocyte": 0.04,
    "erythroblast": 0.03,
}
_MIN_BOX = 4  # pixels: a sliver of a cell at the border is no object
_MIN_NUCLEUS = 0.15  # share of the nucleus that must be on the field for a white cell to count


@dataclass(frozen=True, slots=True)
class SimulatedObject:
    """Hold one true object: box (x0, y0, x1, y1) in pixels, half-open, cut at the border; kind; class.

    `class_name` is a class of the list *eight* for white cells and platelets and None for red cells.
    """

    box: Box
    kind: Kind
    class_name: str | None


@dataclass(frozen=True, slots=True)
class SimulatedField:
    """Hold a simulated photograph, uint8 sRGB (height, width, 3), its true objects and its scale."""

    pixels: NDArray[np.uint8]
    objects: tuple[SimulatedObject, ...]
    um_per_px: float


def simulate_field(
    seed: int,
    *,
    width: int = 640,
    height: int = 480,
    white_cells: Sequence[str] | None = None,
    red_cells: int | None = None,
    platelets: int | None = None,
    stain: Stain | str | None = None,
    um_per_px: float | None = None,
    border_share: float = 0.2,
    clump_share: float = 0.15,
    slide_seed: int | None = None,
) -> SimulatedField:
    """Simulate one field of a stained blood smear; equal arguments give equal pixels.

    `white_cells` names the classes to place (None draws them; an empty list makes a field without white
    cells). Cells that find no room are left out. `red_cells` and `platelets` are numbers (None draws them).
    `stain` is a Stain, the name of one, or None for a random laboratory. `um_per_px` is the scale, drawn
    from 0.065 to 0.115 when None. `border_share` is the share of white cells cut by the border,
    `clump_share` that of white cells that touch another one. Fields with one `slide_seed` share stain, scale
    and the look of their red cells, as the fields of one slide do. Raises ValueError for a size below 64 pixels,
    a share outside 0 to 1 and an unknown class or stain.
    """
    _check(width, height, white_cells, stain, border_share, clump_share)
    rng = np.random.default_rng(seed)
    of_slide = rng if slide_seed is None else np.random.default_rng(slide_seed)
    scale = float(of_slide.uniform(0.065, 0.115)) if um_per_px is None else float(um_per_px)
    look = draw_stain(of_slide) if stain is None else STAINS[stain] if isinstance(stain, str) else stain
    style = draw_red_style(of_slide)
    names = _draw_names(rng, width * height * scale * scale) if white_cells is None else list(white_cells)
    spots = _place(rng, names, width, height, scale, border_share, clump_share)

    density = np.zeros((height, width, 3), np.float32)
    objects: list[SimulatedObject] = []
    layer, red = _red_layer(rng, width, height, scale, style, red_cells, spots)
    objects += red
    cells = [draw_white_cell(rng, name, x, y, radius, scale, look) for name, x, y, radius in spots]
    for cell in cells:
        _press(layer, cell)
    density += layer[..., None] * look.density("red_cell")
    objects += _platelets(rng, density, scale, look, platelets, spots)
    for (name, *_), cell in zip(spots, cells, strict=True):
        clip = cell.patch.clipped(width, height)
        if clip is None:
            continue
        rows, columns, patch_rows, patch_columns = clip
        density[rows, columns] += cell.density[patch_rows, patch_columns]
        box = _box(cell.patch, cell.cover, width, height)
        if box is not None and _nucleus_share(cell, width, height) >= _MIN_NUCLEUS:
            objects.append(SimulatedObject(box, "white-cell", name))
    add_dirt(rng, density, scale)
    return SimulatedField(photograph(rng, density, look.background), tuple(objects), scale)


def _check(
    width: int,
    height: int,
    white_cells: Sequence[str] | None,
    stain: Stain | str | None,
    border_share: float,
    clump_share: float,
) -> None:
    if min(width, height) < 64:
        raise ValueError(f"A simulated field is at least 64 x 64 pixels, not {width} x {height}.")
    unknown = sorted(set(white_cells or ()) - set(STYLES))
    if unknown:
        raise ValueError(f"Unknown white cell class: {', '.join(unknown)}; known: {', '.join(STYLES)}.")
    if isinstance(stain, str) and stain not in STAINS:
        raise ValueError(f"Unknown stain: {stain}; known: {', '.join(STAINS)}.")
    if not (0 <= border_share <= 1 and 0 <= clump_share <= 1):
        raise ValueError("border_share and clump_share lie between 0 and 1.")


def _draw_names(rng: np.random.Generator, area_um2: float) -> list[str]:
    """Draw the white cells of a field: mostly one on an area of 640 x 480 pixels at 0.09 micrometres."""
    count = int(rng.choice([0, 1, 2, 3, 4], p=[0.06, 0.56, 0.24, 0.1, 0.04]))
    count = max(round(count * area_um2 / 2488), min(count, 1))
    names, shares = list(_SHARES), np.asarray(list(_SHARES.values()))
    return [names[int(i)] for i in rng.choice(len(names), count, p=shares / shares.sum())]


Spot = tuple[str, float, float, float]


def _place(
    rng: np.random.Generator,
    names: Sequence[str],
    width: int,
    height: int,
    scale: float,
    border_share: float,
    clump_share: float,
) -> list[Spot]:
    """Find room for each white cell; return (class, x, y, radius) in pixels."""
    spots: list[Spot] = []
    for name in names:
        radius = draw_radius(rng, name, scale)
        for _ in range(40):
            if spots and rng.random() < clump_share:  # touch the cell before
                _, ox, oy, other = spots[-1]
                angle, reach = (
                    float(rng.uniform(0, 2 * np.pi)),
                    (radius + other) * float(rng.uniform(0.96, 1.06)),
                )
                x, y = ox + reach * float(np.cos(angle)), oy + reach * float(np.sin(angle))
                if not (0.5 * radius < x < width - 0.5 * radius and 0.5 * radius < y < height - 0.5 * radius):
                    continue
            else:
                x, y = _centre(rng, width, height, radius, cut=rng.random() < border_share)
            if all(np.hypot(x - ox, y - oy) > (radius + other) * 0.95 for _, ox, oy, other in spots):
                spots.append((name, x, y, radius))
                break
    return spots


def _centre(
    rng: np.random.Generator, width: int, height: int, radius: float, *, cut: bool
) -> tuple[float, float]:
    """Draw a centre whose cell lies on the field, or is cut by one border."""
    margin = min(radius * 1.15, width / 2 - 1, height / 2 - 1)
    x, y = float(rng.uniform(margin, width - margin)), float(rng.uniform(margin, height - margin))
    if not cut:
        return x, y
    depth = float(rng.uniform(-0.35, 0.9)) * radius
    side = int(rng.integers(0, 4))
    if side < 2:
        return (depth if side == 0 else width - depth), y
    return x, (depth if side == 2 else height - depth)


def _red_layer(
    rng: np.random.Generator,
    width: int,
    height: int,
    scale: float,
    style: RedCellStyle,
    count: int | None,
    spots: Sequence[Spot],
) -> tuple[Plane, list[SimulatedObject]]:
    """Draw the red cells as one layer of thickness, (height, width), with their boxes."""
    radius = RED_CELL_UM / 2 / scale * float(rng.uniform(0.93, 1.07))
    room = (width + 1.6 * radius) * (height + 1.6 * radius) / (np.pi * radius * radius)
    # From the thin edge of a smear to crowded parts: 0.12 to 0.95 of the area, were nothing to overlap.
    wanted = round(room * float(rng.uniform(0.12, 0.6 + 0.35 * style.overlap))) if count is None else count
    taken = np.asarray([spot[1:] for spot in spots], np.float64).reshape(-1, 3)
    centres = red_cell_centres(rng, width, height, radius, count=wanted, overlap=style.overlap, taken=taken)
    layer = np.zeros((height, width), np.float32)
    objects: list[SimulatedObject] = []
    for x, y in centres:
        size = radius * float(np.clip(rng.normal(1, style.size_spread), 0.7, 1.35))
        drawn = add_red_cell(rng, layer, x, y, size, style)
        box = None if drawn is None else _box(*drawn, width, height)
        if box is not None:
            objects.append(SimulatedObject(box, "red-cell", None))
    # Where cells overlap, light passes both; but a dried smear flattens them, so less than the sum.
    np.multiply(layer, 1 / (1 + 0.22 * np.maximum(layer - 1, 0)), out=layer)
    return layer, objects


def _platelets(
    rng: np.random.Generator,
    density: NDArray[np.float32],
    scale: float,
    look: Stain,
    count: int | None,
    spots: Sequence[Spot],
) -> list[SimulatedObject]:
    height, width = density.shape[:2]
    wanted = int(rng.poisson(3)) if count is None else count
    objects: list[SimulatedObject] = []
    for _ in range(wanted):
        radius = float(rng.uniform(0.9, 1.9)) / scale
        x, y = float(rng.uniform(0, width)), float(rng.uniform(0, height))
        if any(np.hypot(x - ox, y - oy) < other + radius for _, ox, oy, other in spots):
            continue
        drawn = add_platelet(rng, density, x, y, radius, look.density("platelet"))
        box = None if drawn is None else _box(*drawn, width, height)
        if box is not None:
            objects.append(SimulatedObject(box, "platelet", "platelet"))
    return objects


def _press(layer: Plane, cell: WhiteCell) -> None:
    """Thin the red cells under a white cell: on a smear they lie beside it, not below it."""
    clip = cell.patch.clipped(layer.shape[1], layer.shape[0])
    if clip is not None:
        rows, columns, patch_rows, patch_columns = clip
        layer[rows, columns] *= 1 - 0.92 * cell.cover[patch_rows, patch_columns]


def _box(patch: Patch, cover: Plane, width: int, height: int) -> Box | None:
    """Return the half-open box of the visible part of a mask, or None when it is too small."""
    clip = patch.clipped(width, height)
    if clip is None:
        return None
    _, _, patch_rows, patch_columns = clip
    seen = cover[patch_rows, patch_columns] > 0.5
    rows, columns = np.flatnonzero(seen.any(axis=1)), np.flatnonzero(seen.any(axis=0))
    if rows.size < _MIN_BOX or columns.size < _MIN_BOX:
        return None
    x0, y0 = max(patch.x, 0), max(patch.y, 0)
    return (
        float(x0 + columns[0]),
        float(y0 + rows[0]),
        float(x0 + columns[-1] + 1),
        float(y0 + rows[-1] + 1),
    )


def _nucleus_share(cell: WhiteCell, width: int, height: int) -> float:
    clip = cell.patch.clipped(width, height)
    whole = float(cell.nucleus.sum())
    if clip is None or whole == 0:
        return 0.0
    _, _, patch_rows, patch_columns = clip
    return float(cell.nucleus[patch_rows, patch_columns].sum()) / whole
