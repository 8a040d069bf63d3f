"""The `locator` network: an anchor-free single-stage detector with one output grid of stride 8.

Ours. Every grid point says, per kind of object, how good a box it would give, and the four distances to the box's
sides as a distribution over bins (generalised focal loss: Li et al. 2020, arXiv 2006.04388, equation 6).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from ml.models.configs import LocatorConfig
from ml.models.layers import ConvNormAct, ResidualBlock

STRIDE = 8
"""Pixels of the network's input per grid step."""

PAD_MULTIPLE = 32
"""Input sides must be multiples of this."""


class Locator(nn.Module):
    """Find objects: (N, 3, H, W) in [0, 1], H and W multiples of 32 -> kind logits and side distances on a grid."""

    def __init__(self, config: LocatorConfig | None = None) -> None:
        super().__init__()
        self.config = config = config or LocatorConfig()
        stem, *widths = config.widths
        self.stem = ConvNormAct(3, stem, 3, 2)
        stages = []
        channels = stem
        for depth, width in zip((1, 2, 2, 2), widths, strict=True):
            blocks = [ResidualBlock(channels, width, 2)] + [
                ResidualBlock(width, width) for _ in range(depth - 1)
            ]
            stages.append(nn.Sequential(*blocks))
            channels = width
        self.stages = nn.ModuleList(stages)
        self.laterals = nn.ModuleList(nn.Conv2d(width, config.head, 1) for width in widths[1:])
        self.merge = nn.ModuleList(ConvNormAct(config.head, config.head) for _ in range(2))
        kind_out = nn.Conv2d(config.head, config.kinds, 1)
        if kind_out.bias is not None:
            # Objects are rare among grid points: start by saying "nothing" (Lin et al. 2017, section 4.1).
            nn.init.constant_(kind_out.bias, -4.0)
        self.kind_branch = nn.Sequential(ConvNormAct(config.head, config.head), kind_out)
        self.side_branch = nn.Sequential(
            ConvNormAct(config.head, config.head),
            ConvNormAct(config.head, config.head),
            nn.Conv2d(config.head, 4 * config.bins, 1),
        )
        self.bin_values: Tensor
        self.register_buffer("bin_values", torch.arange(config.bins, dtype=torch.float32), persistent=False)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return kind logits (N, P, kinds) and side logits (N, P, 4, bins), P = H/8 * W/8 points, row-major."""
        x = self.stem((x - 0.5) * 4.0)
        levels = []
        for stage in self.stages:
            x = stage(x)
            levels.append(x)
        _, *pyramid = levels
        top = self.laterals[2](pyramid[2])
        for index in (1, 0):
            lateral = self.laterals[index](pyramid[index])
            top = self.merge[index](
                lateral + functional.interpolate(top, size=lateral.shape[-2:], mode="nearest")
            )
        n, _, h, w = top.shape
        kinds = self.kind_branch(top).permute(0, 2, 3, 1).reshape(n, h * w, -1)
        sides = self.side_branch(top).permute(0, 2, 3, 1).reshape(n, h * w, 4, -1)
        return kinds, sides

    def distances(self, sides: Tensor) -> Tensor:
        """Return the expected distances (N, P, 4) left, top, right, bottom in input pixels from side logits."""
        return sides.softmax(-1) @ self.bin_values * STRIDE


def grid_points(height: int, width: int, device: torch.device | str = "cpu") -> Tensor:
    """Return the centres (P, 2) as x, y in input pixels of the grid of an input of that size, row-major."""
    ys = (torch.arange(height // STRIDE, device=device, dtype=torch.float32) + 0.5) * STRIDE
    xs = (torch.arange(width // STRIDE, device=device, dtype=torch.float32) + 0.5) * STRIDE
    grid_y, grid_x = torch.meshgrid(ys, xs, indexing="ij")
    return torch.stack((grid_x, grid_y), -1).reshape(-1, 2)


def to_boxes(points: Tensor, distances: Tensor) -> Tensor:
    """Return boxes (..., P, 4) as x0, y0, x1, y1 from points (P, 2) and distances (..., P, 4)."""
    return torch.cat((points - distances[..., :2], points + distances[..., 2:]), -1)
