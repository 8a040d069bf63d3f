"""The `compact` classifier: ours, the shipped default. Residual, group-normalised, under 1.45 M parameters."""

from __future__ import annotations

from torch import Tensor, nn

from ml.models.configs import CompactConfig
from ml.models.layers import ConvNormAct, ResidualBlock


class Compact(nn.Module):
    """Classify crops: (N, 3, 128, 128) in [0, 1] -> logits (N, classes); any size divisible by 16 works."""

    input_size = 128

    def __init__(self, classes: int, config: CompactConfig | None = None) -> None:
        super().__init__()
        config = config or CompactConfig()
        layers: list[nn.Module] = [ConvNormAct(3, config.widths[0], 3, 2)]
        channels = config.widths[0]
        for index, (width, depth) in enumerate(zip(config.widths, config.depths, strict=True)):
            for block in range(depth):
                layers.append(ResidualBlock(channels, width, 2 if index and not block else 1))
                channels = width
        self.features = nn.Sequential(*layers)
        self.drop = nn.Dropout(config.drop)
        self.head = nn.Linear(channels, classes)

    def embed(self, x: Tensor) -> Tensor:
        """Return the penultimate features (N, F)."""
        return self.features((x - 0.5) * 4.0).mean((2, 3))

    def forward(self, x: Tensor) -> Tensor:
        """Return logits (N, classes)."""
        return self.head(self.drop(self.embed(x)))
