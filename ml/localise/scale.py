"""The scale of a field: how large a red cell is tells how large a pixel is.

A red cell of a healthy adult measures 7.5 micrometres across on a dried smear (6.2-8.2; Diez-Silva et al. 2010,
MRS Bulletin 35:382). So micrometres per pixel = 7.5 / median diameter of the red cells found, in pixels.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ml.contracts import Detection, Scale

RED_CELL_UM = 7.5
"""Diameter of a red cell in micrometres."""

MIN_RED_CELLS = 4
"""Fewer red cells than this say nothing about scale."""


def red_cell_diameter(
    detections: Sequence[Detection], *, min_score: float = 0.35, at_least: int = MIN_RED_CELLS
) -> float | None:
    """Return the median red-cell diameter in pixels, or ``None`` with fewer red cells than ``at_least``.

    The diameter of a box is the larger of its sides: a cell cut by the border loses only one of them.
    """
    sides = [
        max(d.box[2] - d.box[0], d.box[3] - d.box[1])
        for d in detections
        if d.kind == "red-cell" and d.score >= min_score
    ]
    return float(np.median(sides)) if len(sides) >= at_least else None


def estimate(detections: Sequence[Detection], um_per_px: float | None) -> Scale:
    """Return the known scale, else the one the red cells tell, else unknown."""
    if um_per_px is not None:
        return Scale(um_per_px, estimated=False)
    diameter = red_cell_diameter(detections)
    return (
        Scale(round(RED_CELL_UM / diameter, 4), estimated=True) if diameter else Scale(None, estimated=False)
    )
