"""Draw training views of single cells for classifiers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ml import crops
from ml.contracts import Box
from ml.training.augment import Appearance, change_appearance

PATCH_CONTEXT = 2.0
"""Side of the stored patch over the larger side of the cell: room to turn and to shift the view."""

PATCH_SIZE = 224
"""Pixels of a stored patch."""


@dataclass(frozen=True, slots=True)
class CellViews:
    """How a view differs from the plain crop: share of size, of place, chances."""

    zoom: tuple[float, float] = (0.84, 1.25)
    shift: float = 0.07
    stretch: float = 0.06
    cut_chance: float = 0.1
    coarse_chance: float = 0.3
    erase_chance: float = 0.15


@dataclass(frozen=True, slots=True)
class TrainingCell:
    """One cell in memory: a patch (224, 224, 3) around it and the number of its class."""

    patch: NDArray[np.uint8]
    label: int

    @classmethod
    def of(cls, pixels: NDArray[np.uint8], box: Box, label: int) -> TrainingCell:
        """Return the training cell of a box on a picture."""
        return cls(crops.cut(pixels, box, context=PATCH_CONTEXT, size=PATCH_SIZE), label)


class CellSampler:
    """Draw batches of views of ``size`` pixels; groups of cells are drawn by weight, cells of a group evenly."""

    def __init__(
        self,
        groups: Sequence[tuple[float, Sequence[TrainingCell]]],
        *,
        seed: int,
        size: int,
        batch: int = 32,
        views: CellViews | None = None,
        appearance: Appearance | None = None,
    ) -> None:
        self.groups = [(weight, cells) for weight, cells in groups if weight > 0 and cells]
        total = sum(weight for weight, _ in self.groups)
        self.weights = [weight / total for weight, _ in self.groups]
        self.seed, self.size, self.count = seed, size, batch
        self.views = views or CellViews()
        self.appearance = appearance or Appearance()

    def batch(self, step: int) -> tuple[Tensor, Tensor]:
        """Return views (N, 3, S, S) in [0, 1] and class numbers (N,) of a step; the same for the same step."""
        rng = np.random.default_rng((self.seed, step))
        images, labels = [], []
        for _ in range(self.count):
            cells = self.groups[int(rng.choice(len(self.groups), p=self.weights))][1]
            cell = cells[int(rng.integers(len(cells)))]
            images.append(self.view(cell.patch, rng))
            labels.append(cell.label)
        tensor = torch.from_numpy(np.stack(images)).permute(0, 3, 1, 2).float().div_(255)
        return tensor.contiguous(memory_format=torch.channels_last), torch.tensor(labels)

    def view(self, patch: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
        """Return one view: turned, mirrored, shifted, zoomed, under another stain and camera."""
        views = self.views
        side = PATCH_SIZE / PATCH_CONTEXT
        centre = np.array([PATCH_SIZE / 2, PATCH_SIZE / 2])
        if rng.random() < views.cut_chance:
            patch, centre, side = _cut_by_border(patch, side, rng)
        centre = centre + rng.normal(0, views.shift, 2).clip(-0.2, 0.2) * side
        zoom = np.exp(rng.uniform(*np.log(views.zoom)))
        stretch = np.exp(rng.normal(0, views.stretch))
        angle, mirror = rng.uniform(0, 2 * np.pi), rng.choice([-1.0, 1.0])
        # From view pixels to patch pixels: centre, stretch, turn, mirror, place.
        scale = crops.CONTEXT * side * zoom / self.size
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        matrix = turn @ np.diag([scale * stretch * mirror, scale / stretch])
        offset = centre - matrix @ np.array([self.size / 2, self.size / 2])
        view = cv2.warpAffine(
            patch,
            np.column_stack((matrix, offset)),
            (self.size, self.size),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_CONSTANT,
            borderValue=(crops.FILL,) * 3,
        )
        if rng.random() < views.coarse_chance:
            small = int(rng.integers(self.size * 3 // 8, self.size))
            view = cv2.resize(view, (small, small), interpolation=cv2.INTER_AREA)
            view = cv2.resize(view, (self.size, self.size), interpolation=cv2.INTER_LINEAR)
        view = change_appearance(np.asarray(view, np.uint8), rng, self.appearance)
        if rng.random() < views.erase_chance:
            width, height = (int(v) for v in rng.integers(self.size // 10, self.size // 3, 2))
            x, y = int(rng.integers(self.size - width)), int(rng.integers(self.size - height))
            view[y : y + height, x : x + width] = rng.integers(0, 256, 3)
        return view


def _cut_by_border(
    patch: NDArray[np.uint8], side: float, rng: np.random.Generator
) -> tuple[NDArray[np.uint8], NDArray[np.float64], float]:
    """Hide a part of the cell as the border of a field would; return patch, centre and side of the box that is left."""
    share = rng.uniform(0.05, 0.4)
    edge = round(PATCH_SIZE / 2 - side / 2 + side * share)
    patch = patch.copy()
    patch[:, :edge] = crops.FILL
    centre = np.array([(edge + PATCH_SIZE / 2 + side / 2) / 2, PATCH_SIZE / 2])
    return patch, centre, side
