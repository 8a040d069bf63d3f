"""What it means to train a classifier: views of cells in, cross-entropy, accuracy per source out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from ml.training.cell_sampler import CellSampler


class ClassifyTask:
    """Train a classifier on sampled views and measure it on plain crops, source by source.

    ``validation`` gives, per source, crops (N, S, S, 3) and class numbers (N,).
    """

    def __init__(
        self,
        model: nn.Module,
        sampler: CellSampler,
        validation: Mapping[str, tuple[NDArray[np.uint8], NDArray[np.int64]]],
        *,
        smoothing: float = 0.05,
    ) -> None:
        self.model = model.to(memory_format=torch.channels_last)
        self.sampler = sampler
        self.validation = validation
        self.smoothing = smoothing

    def batch(self, step: int) -> tuple[Tensor, Tensor]:
        """Return the views and class numbers of a step."""
        return self.sampler.batch(step)

    def losses(self, batch: tuple[Tensor, Tensor]) -> Mapping[str, Tensor]:
        """Return the softmax cross-entropy with smoothed labels."""
        images, labels = batch
        logits = self.model(images).float()
        return {"cross_entropy": functional.cross_entropy(logits, labels, label_smoothing=self.smoothing)}

    def evaluate(self, model: nn.Module) -> Mapping[str, float]:
        """Return pooled accuracy and the worst class's accuracy of every validation source."""
        figures: dict[str, float] = {}
        for source, (crops, labels) in self.validation.items():
            right = logits_of(model, crops).argmax(1).numpy() == labels
            shares = [float(right[labels == c].mean()) for c in np.unique(labels)]
            figures[f"{source}/accuracy"] = round(float(right.mean()), 4)
            figures[f"{source}/worst_class"] = round(min(shares), 4)
        return figures


def logits_of(
    model: nn.Module, crops: Sequence[NDArray[np.uint8]] | NDArray[np.uint8], *, batch: int = 64
) -> Tensor:
    """Return logits (N, classes) of crops (N, S, S, 3) under the model as it stands."""
    parts = []
    for start in range(0, len(crops), batch):
        block = np.ascontiguousarray(np.stack(list(crops[start : start + batch])))
        tensor = torch.from_numpy(block).permute(0, 3, 1, 2).float().div_(255)
        parts.append(model(tensor.contiguous(memory_format=torch.channels_last)).float())
    return torch.cat(parts)
