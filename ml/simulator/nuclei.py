"""Nuclei of simulated white cells: the shape that tells most classes apart. Lengths are pixels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ml.simulator.shapes import Mask, outline

DrawNucleus = Callable[[np.random.Generator, Mask, float, float, float], None]


def segmented(rng: np.random.Generator, mask: Mask, x: float, y: float, radius: float) -> None:
    """Draw three to five lobes on a bow, joined by thin bridges; or, one time in six, a band."""
    if rng.random() < 0.17:
        _bow(rng, mask, x, y, radius, width=(0.42, 0.55), sweep=(3.4, 4.8))
        return
    lobes = int(rng.choice([2, 3, 3, 4, 4, 5]))
    size = radius * {2: 0.41, 3: 0.35, 4: 0.31, 5: 0.27}[lobes]
    points = _bow_points(rng, x, y, radius * float(rng.uniform(0.42, 0.56)), lobes, sweep=(3.0, 5.4))
    mask.stroke(points, radius * float(rng.uniform(0.1, 0.24)))
    for px, py in points:
        a = size * float(rng.uniform(0.85, 1.25))
        _blob(rng, mask, float(px), float(py), a, elongation=float(rng.uniform(1.0, 1.5)))


def bilobed(rng: np.random.Generator, mask: Mask, x: float, y: float, radius: float) -> None:
    """Draw two plump lobes (at times three) joined by a bridge, often to one side of the cell."""
    lobes = 3 if rng.random() < 0.12 else 2
    away = float(rng.uniform(0, 2 * np.pi))
    shift = radius * float(rng.uniform(0.0, 0.22))
    x, y = x + shift * float(np.cos(away)), y + shift * float(np.sin(away))
    points = _bow_points(rng, x, y, radius * float(rng.uniform(0.36, 0.46)), lobes, sweep=(2.0, 3.1))
    mask.stroke(points, radius * float(rng.uniform(0.16, 0.34)))
    for px, py in points:
        _blob(rng, mask, float(px), float(py), radius * float(rng.uniform(0.34, 0.43)), elongation=1.15)


def kidney(rng: np.random.Generator, mask: Mask, x: float, y: float, radius: float) -> None:
    """Draw a kidney, a horseshoe or a folded oval."""
    if rng.random() < 0.65:
        _bow(rng, mask, x, y, radius * 0.92, width=(0.62, 0.82), sweep=(1.5, 3.2))
        return
    shift = rng.normal(0, radius * 0.1, 2)
    cx, cy = x + float(shift[0]), y + float(shift[1])
    edge = outline(rng, radius * float(rng.uniform(0.62, 0.74)), roughness=0.07, elongation=1.25)
    mask.fill(cx, cy, edge)
    dent = float(rng.uniform(0, 2 * np.pi))
    reach = radius * float(rng.uniform(0.62, 0.8))
    bite = radius * float(rng.uniform(0.2, 0.32))
    mask.ellipse(
        cx + reach * float(np.cos(dent)), cy + reach * float(np.sin(dent)), bite, bite * 0.8, dent, 0
    )


def large_round(rng: np.random.Generator, mask: Mask, x: float, y: float, radius: float) -> None:
    """Draw the nucleus of a lymphocyte: round, nearly filling the cell, at times with a dent."""
    size = radius * float(rng.uniform(0.78, 0.94))
    slack = (radius - size) * 0.9
    cx, cy = x + float(rng.uniform(-slack, slack)), y + float(rng.uniform(-slack, slack))
    mask.fill(cx, cy, outline(rng, size, roughness=0.022, elongation=float(rng.uniform(1.0, 1.12))))
    if rng.random() < 0.25:
        dent = float(rng.uniform(0, 2 * np.pi))
        reach = size * 1.04
        mask.ellipse(
            cx + reach * float(np.cos(dent)),
            cy + reach * float(np.sin(dent)),
            size * 0.22,
            size * 0.14,
            dent,
            0,
        )


def eccentric_oval(rng: np.random.Generator, mask: Mask, x: float, y: float, radius: float) -> None:
    """Draw the nucleus of an immature granulocyte: a large oval to one side, at times indented."""
    away = float(rng.uniform(0, 2 * np.pi))
    shift = radius * float(rng.uniform(0.14, 0.28))
    cx, cy = x + shift * float(np.cos(away)), y + shift * float(np.sin(away))
    size = radius * float(rng.uniform(0.6, 0.76))
    mask.fill(cx, cy, outline(rng, size, roughness=0.03, elongation=float(rng.uniform(1.05, 1.4))))
    if rng.random() < 0.4:
        back = away + np.pi
        bite = size * float(rng.uniform(0.25, 0.45))
        mask.ellipse(
            cx + size * float(np.cos(back)), cy + size * float(np.sin(back)), bite, bite * 0.8, back, 0
        )


def small_round(rng: np.random.Generator, mask: Mask, x: float, y: float, radius: float) -> None:
    """Draw the nucleus of an erythroblast: small, round, smooth."""
    size = radius * float(rng.uniform(0.5, 0.68))
    slack = (radius - size) * 0.5
    cx, cy = x + float(rng.uniform(-slack, slack)), y + float(rng.uniform(-slack, slack))
    mask.fill(cx, cy, outline(rng, size, roughness=0.012, elongation=float(rng.uniform(1.0, 1.1))))


def obscured(rng: np.random.Generator, mask: Mask, x: float, y: float, radius: float) -> None:
    """Draw the nucleus of a basophil: broad, folded, to be covered by granules."""
    if rng.random() < 0.5:
        _bow(rng, mask, x, y, radius, width=(0.55, 0.75), sweep=(1.8, 3.6))
    else:
        mask.fill(x, y, outline(rng, radius * float(rng.uniform(0.6, 0.78)), roughness=0.1, elongation=1.15))


NUCLEI: Final[dict[str, DrawNucleus]] = {
    "neutrophil": segmented,
    "lymphocyte": large_round,
    "monocyte": kidney,
    "eosinophil": bilobed,
    "basophil": obscured,
    "immature-granulocyte": eccentric_oval,
    "erythroblast": small_round,
}


def _blob(
    rng: np.random.Generator, mask: Mask, x: float, y: float, radius: float, *, elongation: float
) -> None:
    mask.fill(x, y, outline(rng, radius, roughness=0.06, elongation=elongation))


def _bow_points(
    rng: np.random.Generator, x: float, y: float, radius: float, count: int, *, sweep: tuple[float, float]
) -> NDArray[np.float64]:
    """Return `count` points on an arc of `sweep` radians, moved a little, shape (count, 2)."""
    start, turn = float(rng.uniform(0, 2 * np.pi)), float(rng.uniform(*sweep))
    share = np.linspace(0, 1, count)
    angles = start + turn * share + rng.normal(0, 0.12, count)
    reach = radius * rng.uniform(0.85, 1.1, count)
    return np.stack([x + reach * np.cos(angles), y + reach * np.sin(angles)], axis=1)


def _bow(
    rng: np.random.Generator,
    mask: Mask,
    x: float,
    y: float,
    radius: float,
    *,
    width: tuple[float, float],
    sweep: tuple[float, float],
) -> None:
    """Draw a thick bent band; width is relative to the cell's radius, sweep in radians."""
    thick = radius * float(rng.uniform(*width))
    start, turn = float(rng.uniform(0, 2 * np.pi)), float(rng.uniform(*sweep))
    angles = np.linspace(start, start + turn, 14)
    reach = (radius - thick / 2) * 0.84 * (1 + 0.05 * rng.standard_normal())
    middle = start + turn / 2
    # A short bow would sit off the centre: pull it back a part of the way.
    back = reach * float(np.sinc(turn / (2 * np.pi))) * 0.55
    cx, cy = x - back * float(np.cos(middle)), y - back * float(np.sin(middle))
    points = np.stack([cx + reach * np.cos(angles), cy + reach * np.sin(angles)], axis=1)
    mask.stroke(points, thick)
    for end in (points[0], points[-1]):
        bulge = thick * float(rng.uniform(0.48, 0.6))
        mask.ellipse(float(end[0]), float(end[1]), bulge, bulge * 0.92, start)
