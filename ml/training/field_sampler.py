"""Draw training views of annotated fields for the locator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ml.contracts import KINDS
from ml.data.records import FieldRecord, read_rgb
from ml.localise.locator import PAD_VALUE, RED_CELL_PX
from ml.resampling import resize
from ml.training.augment import Appearance, change_appearance, flip_and_turn, turn_boxes

VIEW = (256, 320)
"""Height and width of a training view in pixels; the network's input for a 640x480 field."""

MIN_VISIBLE = 0.3
"""A white cell of which less than this share is in view is neither asked for nor counted as absent."""


@dataclass(frozen=True, slots=True)
class TrainingField:
    """One field in memory: pixels (H, W, 3), boxes (T, 4), kind numbers (T,), kinds not fully annotated."""

    pixels: NDArray[np.uint8]
    boxes: NDArray[np.float64]
    kinds: NDArray[np.int64]
    partial: NDArray[np.bool_]

    @property
    def red_cell(self) -> float:
        """Return the median larger side of its red cells in pixels (0 when it has none)."""
        red = self.boxes[self.kinds == KINDS.index("red-cell")]
        return float(np.median((red[:, 2:] - red[:, :2]).max(1))) if len(red) else 0.0


def load_field(record: FieldRecord) -> TrainingField:
    """Read a record into memory."""
    return TrainingField(
        pixels=read_rgb(record.path),
        boxes=np.array([o.box for o in record.objects], dtype=np.float64).reshape(-1, 4),
        kinds=np.array([KINDS.index(o.kind) for o in record.objects], dtype=np.int64),
        partial=np.array([k not in record.complete for k in KINDS]),
    )


@dataclass(frozen=True, slots=True)
class ViewSizes:
    """How large things are in views, and how much of a field a view shows.

    ``scale`` bounds the red cells' diameter over its best size; from step ``wide_from`` on it is ``wide_scale``, and
    one view in ``1 / part_chance`` shows only a part of ``part`` of the view's sides: pictures that are small cut-outs,
    at a size nobody knows, must not make white cells of large red ones.
    """

    scale: tuple[float, float] = (0.62, 1.5)
    wide_from: int | None = None
    wide_scale: tuple[float, float] = (0.5, 2.8)
    part_chance: float = 0.35
    part: tuple[float, float] = (0.3, 0.9)


class FieldSampler:
    """Draw batches of views; sources are drawn by weight, fields of a source evenly."""

    def __init__(
        self,
        sources: Sequence[tuple[float, Sequence[TrainingField]]],
        *,
        seed: int,
        batch: int = 16,
        sizes: ViewSizes | None = None,
        appearance: Appearance | None = None,
    ) -> None:
        self.sources = [(weight, fields) for weight, fields in sources if weight > 0 and fields]
        total = sum(weight for weight, _ in self.sources)
        self.weights = [weight / total for weight, _ in self.sources]
        self.typical = [_typical_red_cell(fields) for _, fields in self.sources]
        self.seed, self.size = seed, batch
        self.sizes = sizes or ViewSizes()
        self.appearance = appearance or Appearance()

    def batch(self, step: int) -> tuple[Tensor, list[dict[str, Tensor]]]:
        """Return the views (N, 3, H, W) in [0, 1] and the truths of a step; the same for the same step."""
        rng = np.random.default_rng((self.seed, step))
        wide = self.sizes.wide_from is not None and step >= self.sizes.wide_from
        views = [self._view(rng, wide=wide) for _ in range(self.size)]
        images = np.stack([image for image, _ in views])
        tensor = torch.from_numpy(images).permute(0, 3, 1, 2).float().div_(255)
        return tensor.contiguous(memory_format=torch.channels_last), [truth for _, truth in views]

    def _view(self, rng: np.random.Generator, *, wide: bool) -> tuple[NDArray[np.uint8], dict[str, Tensor]]:
        source = int(rng.choice(len(self.sources), p=self.weights))
        fields = self.sources[source][1]
        field = fields[int(rng.integers(len(fields)))]
        diameter = field.red_cell or self.typical[source]
        bounds = self.sizes.wide_scale if wide else self.sizes.scale
        scale = np.exp(rng.uniform(*np.log(bounds))) * RED_CELL_PX / diameter
        stretch = np.exp(rng.normal(0, 0.04))
        height, width = field.pixels.shape[:2]
        new_width, new_height = (
            max(8, round(width * scale * stretch)),
            max(8, round(height * scale / stretch)),
        )
        image = resize(field.pixels, new_width, new_height)
        boxes = field.boxes * (np.array([new_width / width, new_height / height] * 2))
        image, turns, mirror = flip_and_turn(image, rng)
        boxes = turn_boxes(boxes, width=new_width, height=new_height, turns=turns, mirror=mirror)
        image, boxes, whole = _window(image, boxes, self._window_size(rng, wide=wide), rng)
        image = change_appearance(image, rng, self.appearance)
        canvas = np.full((*VIEW, 3), PAD_VALUE, np.uint8)
        canvas[: image.shape[0], : image.shape[1]] = image
        return canvas, _truth(boxes, whole, field)

    def _window_size(self, rng: np.random.Generator, *, wide: bool) -> tuple[int, int]:
        """Return height and width of the part of the view that a field fills at most."""
        if not wide or rng.random() >= self.sizes.part_chance:
            return VIEW
        low, high = self.sizes.part
        return max(32, round(VIEW[0] * rng.uniform(low, high))), max(
            32, round(VIEW[1] * rng.uniform(low, high))
        )


def _window(
    image: NDArray[np.uint8], boxes: NDArray[np.float64], size: tuple[int, int], rng: np.random.Generator
) -> tuple[NDArray[np.uint8], NDArray[np.float64], NDArray[np.float64]]:
    """Cut a random window no larger than ``size``; return it, the cut boxes and the areas before the cut."""
    height, width = image.shape[:2]
    x = int(rng.integers(max(0, width - size[1]) + 1))
    y = int(rng.integers(max(0, height - size[0]) + 1))
    window = image[y : y + size[0], x : x + size[1]]
    areas = (boxes[:, 2:] - boxes[:, :2]).prod(1)
    limits = np.array([window.shape[1], window.shape[0]] * 2)
    return np.ascontiguousarray(window), np.clip(boxes - np.array([x, y, x, y]), 0, limits), areas


def _truth(boxes: NDArray[np.float64], areas: NDArray[np.float64], field: TrainingField) -> dict[str, Tensor]:
    sides = boxes[:, 2:] - boxes[:, :2]
    visible = sides.prod(1) / np.maximum(areas, 1e-9)
    in_view = (sides > 3).all(1)
    asked = in_view & (visible >= MIN_VISIBLE)
    white = field.kinds == 0
    ignored = (sides.prod(1) > 0) & ~asked & white
    return {
        "boxes": torch.from_numpy(boxes[asked]).float(),
        "kinds": torch.from_numpy(field.kinds[asked]),
        "ignore": torch.from_numpy(boxes[ignored]).float(),
        "partial": torch.from_numpy(field.partial),
    }


def _typical_red_cell(fields: Sequence[TrainingField]) -> float:
    sizes = [f.red_cell for f in fields if f.red_cell]
    return float(np.median(sizes)) if sizes else RED_CELL_PX
