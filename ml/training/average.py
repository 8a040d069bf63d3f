"""Exponential moving average of weights: what is evaluated and shipped."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn


class WeightAverage:
    """Keep an average of a model's state; the decay grows from 0 so that early steps do not linger."""

    def __init__(self, model: nn.Module, decay: float) -> None:
        self.decay = decay
        self.state: dict[str, Tensor] = {k: v.detach().clone() for k, v in model.state_dict().items()}

    @torch.no_grad()
    def update(self, model: nn.Module, step: int) -> None:
        """Move the average towards the model after a step."""
        decay = min(self.decay, (1 + step) / (10 + step))
        for name, value in model.state_dict().items():
            mean = self.state[name]
            if mean.dtype.is_floating_point:
                mean.lerp_(value.detach(), 1 - decay)
            else:
                mean.copy_(value)

    def copy_to(self, model: nn.Module) -> None:
        """Put the averaged weights into the model."""
        model.load_state_dict(self.state)

    @contextmanager
    def applied(self, model: nn.Module) -> Iterator[None]:
        """Let the model hold the averaged weights inside the block."""
        own = {k: v.detach().clone() for k, v in model.state_dict().items()}
        model.load_state_dict(self.state)
        try:
            yield
        finally:
            model.load_state_dict(own)
