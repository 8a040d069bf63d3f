"""Arithmetic of boxes: overlap, suppression of doubles, voting. NumPy only; boxes (N, 4) as x0, y0, x1, y1."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Boxes = NDArray[np.float64]


def iou(a: Boxes, b: Boxes) -> NDArray[np.float64]:
    """Return the intersection over union (A, B) of every box of ``a`` with every box of ``b``."""
    inner, areas_a, areas_b = _intersections(a, b)
    return inner / np.maximum(areas_a[:, None] + areas_b[None, :] - inner, 1e-9)


def containment(a: Boxes, b: Boxes) -> NDArray[np.float64]:
    """Return the share (A, B) of the smaller box of each pair that lies in the other."""
    inner, areas_a, areas_b = _intersections(a, b)
    return inner / np.maximum(np.minimum(areas_a[:, None], areas_b[None, :]), 1e-9)


def _intersections(
    a: Boxes, b: Boxes
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    low = np.maximum(a[:, None, :2], b[None, :, :2])
    high = np.minimum(a[:, None, 2:], b[None, :, 2:])
    inner = np.clip(high - low, 0, None).prod(-1)
    return inner, area(a), area(b)


def area(boxes: Boxes) -> NDArray[np.float64]:
    """Return the areas (N,) in square pixels."""
    return np.clip(boxes[:, 2:] - boxes[:, :2], 0, None).prod(-1)


def suppress(
    boxes: Boxes,
    scores: NDArray[np.float64],
    *,
    overlap: float = 0.5,
    contained: float = 0.8,
    vote: float = 0.7,
) -> tuple[Boxes, NDArray[np.float64]]:
    """Keep the best box of every object, its sides averaged over the boxes that agree with it.

    A box is dropped when its IoU with a better one exceeds ``overlap``, or when one of the two lies by more than
    ``contained`` inside the other. Each kept box becomes the mean, weighted by score, of all boxes with IoU above
    ``vote`` (box voting: Gidaris and Komodakis 2015, arXiv 1505.01749, section 5).
    Returns boxes and scores, best first.
    """
    order = np.argsort(-scores, kind="stable")
    boxes, scores = boxes[order], scores[order]
    pairs, inside = iou(boxes, boxes), containment(boxes, boxes)
    alive = np.ones(len(boxes), bool)
    kept, voted = [], []
    for i in range(len(boxes)):
        if not alive[i]:
            continue
        kept.append(i)
        voters = pairs[i] >= vote
        voters[i] = True
        voted.append(np.average(boxes[voters], axis=0, weights=scores[voters] ** 2))
        alive &= ~((pairs[i] > overlap) | (inside[i] > contained))
    return np.array(voted).reshape(-1, 4), scores[kept]


def clip(boxes: Boxes, width: float, height: float) -> Boxes:
    """Return the boxes cut to an image of that size."""
    return np.clip(boxes, 0, np.array([width, height, width, height]))
