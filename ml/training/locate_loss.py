"""The loss of the `locator`: task-aligned assignment, quality focal loss, GIoU and distribution focal loss.

Sources: assignment TOOD (Feng et al. 2021, arXiv 2108.07755, section 3.2), quality and distribution focal loss
(Li et al. 2020, arXiv 2006.04388, equations 5 and 6), GIoU (Rezatofighi et al. 2019, arXiv 1902.09630).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from ml.models.locator import STRIDE, Locator, grid_points, to_boxes


@dataclass(frozen=True, slots=True)
class LossWeights:
    """Weights of the terms and the constants of the assignment (alpha, beta, k as published by TOOD)."""

    kind: float = 1.0
    giou: float = 2.5
    side: float = 0.5
    alpha: float = 1.0
    beta: float = 6.0
    top_k: int = 9
    white_cell: float = 1.0
    other: float = 0.35


def pairwise_iou(a: Tensor, b: Tensor) -> Tensor:
    """Return the IoU (A, B) of boxes (A, 4) and (B, 4)."""
    low = torch.maximum(a[:, None, :2], b[None, :, :2])
    high = torch.minimum(a[:, None, 2:], b[None, :, 2:])
    inner = (high - low).clamp(min=0).prod(-1)
    areas = [(x[:, 2:] - x[:, :2]).clamp(min=0).prod(-1) for x in (a, b)]
    return inner / (areas[0][:, None] + areas[1][None, :] - inner).clamp(min=1e-6)


def giou(a: Tensor, b: Tensor) -> Tensor:
    """Return the generalised IoU (N,) of boxes matched row by row."""
    low, high = torch.maximum(a[:, :2], b[:, :2]), torch.minimum(a[:, 2:], b[:, 2:])
    inner = (high - low).clamp(min=0).prod(-1)
    union = (a[:, 2:] - a[:, :2]).prod(-1) + (b[:, 2:] - b[:, :2]).prod(-1) - inner
    hull = (torch.maximum(a[:, 2:], b[:, 2:]) - torch.minimum(a[:, :2], b[:, :2])).prod(-1).clamp(min=1e-6)
    return inner / union.clamp(min=1e-6) - (hull - union) / hull


@torch.no_grad()
def assign(
    scores: Tensor,
    boxes: Tensor,
    points: Tensor,
    true_boxes: Tensor,
    true_kinds: Tensor,
    weights: LossWeights,
) -> tuple[Tensor, Tensor]:
    """Choose the grid points that answer for each true object of one image.

    ``scores`` (P, kinds), ``boxes`` (P, 4), ``points`` (P, 2), ``true_boxes`` (T, 4), ``true_kinds`` (T,).
    Returns, per point, the index of its true object or -1 (P,), and the target quality in [0, 1] (P,).
    """
    overlap = pairwise_iou(true_boxes, boxes)
    alignment = scores.t()[true_kinds] ** weights.alpha * overlap**weights.beta
    inside = ((points[None] > true_boxes[:, None, :2]) & (points[None] < true_boxes[:, None, 2:])).all(-1)
    alignment = torch.where(inside, alignment + 1e-9, -1.0)
    k = min(weights.top_k, alignment.shape[1])
    best = alignment.topk(k, dim=1)
    chosen = torch.zeros_like(inside).scatter_(1, best.indices, value=True) & inside
    contested = torch.where(chosen, overlap, -1.0)
    owner = contested.argmax(0)
    owned = contested.gather(0, owner[None])[0] >= 0
    index = torch.where(owned, owner, -1)
    # Scale each object's alignments so that its best point is asked for its best overlap (TOOD, equation 4).
    kept = torch.where(chosen, alignment, 0.0)
    scale = torch.where(chosen, overlap, 0.0).amax(1) / kept.amax(1).clamp(min=1e-9)
    quality = (kept * scale[:, None]).gather(0, owner[None])[0]
    return index, torch.where(owned, quality, 0.0)


class LocatorLoss:
    """Compare the network's output with true boxes; areas marked to be ignored teach nothing."""

    def __init__(self, model: Locator, weights: LossWeights | None = None) -> None:
        self.model = model
        self.weights = weights or LossWeights()

    def __call__(
        self, outputs: tuple[Tensor, Tensor], size: tuple[int, int], truths: list[dict[str, Tensor]]
    ) -> dict[str, Tensor]:
        """Return the named loss terms.

        ``size`` is the input's (H, W); each truth has ``boxes`` (T, 4), ``kinds`` (T,), ``ignore`` (I, 4) regions in
        which nothing is asked, and ``partial`` (kinds,) true where absence of that kind cannot be trusted.
        """
        kind_logits, side_logits = (x.float() for x in outputs)
        points = grid_points(*size, device=kind_logits.device)
        boxes = to_boxes(points, self.model.distances(side_logits))
        scores = kind_logits.sigmoid()
        targets = torch.zeros_like(scores)
        asked = torch.ones_like(scores)
        matched: list[tuple[Tensor, Tensor, Tensor]] = []
        for i, truth in enumerate(truths):
            for region in truth["ignore"]:
                covered = ((points > region[:2]) & (points < region[2:])).all(-1)
                asked[i, covered] = 0
            asked[i][:, truth["partial"]] = 0
            if not len(truth["boxes"]):
                continue
            index, quality = assign(
                scores[i].detach(), boxes[i].detach(), points, truth["boxes"], truth["kinds"], self.weights
            )
            positive = (index >= 0).nonzero()[:, 0]
            if not len(positive):
                continue
            kinds = truth["kinds"][index[positive]]
            targets[i, positive, kinds] = quality[positive]
            asked[i, positive, kinds] = 1
            matched.append((positive + i * len(points), truth["boxes"][index[positive]], quality[positive]))
        importance = torch.full((scores.shape[-1],), self.weights.other, device=scores.device)
        importance[0] = self.weights.white_cell
        focal = (targets - scores).abs() ** 2
        raw = functional.binary_cross_entropy_with_logits(kind_logits, targets, reduction="none")
        normaliser = (targets * importance).sum().clamp(min=1.0)
        losses = {"kind": self.weights.kind * (raw * focal * importance * asked).sum() / normaliser}
        if matched:
            rows = torch.cat([m[0] for m in matched])
            true = torch.cat([m[1] for m in matched])
            flat_kind = targets.reshape(-1, targets.shape[-1])[rows].argmax(-1)
            weight = torch.cat([m[2] for m in matched]) * importance[flat_kind]
            total = weight.sum().clamp(min=1.0)
            predicted = boxes.reshape(-1, 4)[rows]
            losses["giou"] = self.weights.giou * ((1 - giou(predicted, true)) * weight).sum() / total
            logits = side_logits.reshape(-1, *side_logits.shape[2:])[rows]
            location = points.repeat(len(truths), 1)[rows]
            distance = torch.cat((location - true[:, :2], true[:, 2:] - location), -1) / STRIDE
            losses["side"] = (
                self.weights.side * (side_loss(logits, distance) * weight[:, None]).mean(1).sum() / total
            )
        return losses


def side_loss(logits: Tensor, distance: Tensor) -> Tensor:
    """Return the distribution focal loss (N, 4) of side logits (N, 4, bins) for distances (N, 4) in grid steps."""
    bins = logits.shape[-1]
    distance = distance.clamp(0, bins - 1.01)
    low = distance.floor().long()
    share = distance - low
    flat = logits.reshape(-1, bins)
    below = functional.cross_entropy(flat, low.reshape(-1), reduction="none").reshape(low.shape)
    above = functional.cross_entropy(flat, (low + 1).reshape(-1), reduction="none").reshape(low.shape)
    return below * (1 - share) + above * share
