"""The `w-net` classifier of Jung et al. 2022 (JUNG22, table 2; Jung et al. 2019)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ml.models.configs import WNetConfig


class WNet(nn.Module):
    """Classify crops: (N, 3, 128, 128) in [0, 1] -> logits (N, classes).

    Three blocks {conv 3x3 s1 same, ReLU, max-pool 2, dropout} of 16, 32, 64 filters, flatten 16,384, FC 1,024 ReLU
    dropout, FC n; Xavier-uniform weights. 16,806,949 parameters at n = 5, as published.
    """

    input_size = 128

    def __init__(self, classes: int, config: WNetConfig | None = None) -> None:
        super().__init__()
        config = config or WNetConfig()
        blocks: list[nn.Module] = []
        for channels_in, channels_out in ((3, 16), (16, 32), (32, 64)):
            blocks += [
                nn.Conv2d(channels_in, channels_out, 3, 1, 1),
                nn.ReLU(inplace=True),
                nn.MaxPool2d(2),
                nn.Dropout(config.drop),
            ]
        self.features = nn.Sequential(*blocks)
        self.hidden = nn.Linear(64 * 16 * 16, 1024)
        self.drop = nn.Dropout(config.drop)
        self.head = nn.Linear(1024, classes)
        for module in self.modules():
            if isinstance(module, nn.Conv2d | nn.Linear):
                nn.init.xavier_uniform_(module.weight)
                if module.bias is not None:
                    nn.init.zeros_(module.bias)

    def embed(self, x: Tensor) -> Tensor:
        """Return the penultimate features (N, 1024)."""
        return torch.relu(self.hidden(self.features(x).flatten(1)))

    def forward(self, x: Tensor) -> Tensor:
        """Return logits (N, classes)."""
        return self.head(self.drop(self.embed(x)))
