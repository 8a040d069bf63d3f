"""The `compact` classifier: ours, the shipped default. Residual, group-normalised, under 1.45 M parameters."""

from __future__ import annotations

from torch import Tensor, nn

from ml.models.configs import CompactConfig
from ml.models.layers import ConvNormAct, ResidualBlock

FLAT = 0.03
"""Deviation that is added, so that a crop without any contrast is not blown up to noise."""


def standardised(x: Tensor) -> Tensor:
    """Return crops (N, 3, H, W) in [0, 1] with each channel of each crop at mean 0 and deviation about 1.

    A cell fills its crop alike everywhere, so these figures tell of light, camera and stain rather than of the cell.
    """
    return (x - x.mean((2, 3), keepdim=True)) / (x.std((2, 3), keepdim=True) + FLAT)


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
        self.standardise = config.standardise
        self.features = nn.Sequential(*layers)
        self.drop = nn.Dropout(config.drop)
        self.head = nn.Linear(channels, classes)

    def embed(self, x: Tensor) -> Tensor:
        """Return the penultimate features (N, F)."""
        x = standardised(x) if self.standardise else (x - 0.5) * 4.0
        return self.features(x).mean((2, 3))

    def forward(self, x: Tensor) -> Tensor:
        """Return logits (N, classes)."""
        return self.head(self.drop(self.embed(x)))
