"""How well boxes are found. Torch-free.

The best IoU per true box is the published measure (YOUSSEF table 3); recall and unmatched boxes need one-to-one
matching at an IoU threshold, best score first, as COCO and Pascal VOC do.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml.localise.boxes import iou

Boxes = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class LocalisationReport:
    """Figures over a set of fields; IoU figures are of the best predicted box per true box (0 when none)."""

    fields: int
    true_boxes: int
    predicted: int
    mean_iou: float
    median_iou: float
    min_iou: float
    max_iou: float
    sd_iou: float
    found: float
    unmatched_per_field: float


def report(pairs: Iterable[tuple[Boxes, Boxes]], *, threshold: float = 0.5) -> LocalisationReport:
    """Compare predicted with true boxes, one pair (predicted best first (P, 4), true (T, 4)) per field.

    ``found`` is the share of true boxes matched at IoU >= ``threshold``; ``unmatched_per_field`` counts predicted boxes
    that match no true box. Standard deviation with n - 1. Raises ``ValueError`` when there is no true box.
    """
    best: list[float] = []
    matched = unmatched = predicted_total = fields = 0
    for predicted, true in pairs:
        fields += 1
        predicted_total += len(predicted)
        overlap = iou(predicted, true)
        best.extend(overlap.max(0).tolist() if len(predicted) else [0.0] * len(true))
        free = np.ones(len(true), bool)
        for row in overlap:
            candidates = np.where(free, row, -1.0)
            index = int(candidates.argmax()) if len(candidates) else -1
            if index >= 0 and candidates[index] >= threshold:
                free[index] = False
                matched += 1
            else:
                unmatched += 1
    if not best:
        raise ValueError("No true box to compare with.")
    values = np.array(best)
    return LocalisationReport(
        fields=fields,
        true_boxes=len(values),
        predicted=predicted_total,
        mean_iou=float(values.mean()),
        median_iou=float(np.median(values)),
        min_iou=float(values.min()),
        max_iou=float(values.max()),
        sd_iou=float(values.std(ddof=1)) if len(values) > 1 else 0.0,
        found=matched / len(values),
        unmatched_per_field=unmatched / fields,
    )
