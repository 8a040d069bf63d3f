"""Run the `locator` network over a field of any size and any scale.

The network is trained where a red cell measures 30 to 72 pixels. A field of unknown scale is reduced so that its long
side is 320 pixels first, which is right for one microscope field of the usual sets; the red cells found there tell
whether that was the right size, and only when it was not is the field looked at again at the size they tell.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from ml.contracts import KINDS, Detection
from ml.localise import boxes as box_maths
from ml.localise.scale import RED_CELL_UM, red_cell_diameter
from ml.models.locator import PAD_MULTIPLE, Locator, grid_points, to_boxes
from ml.resampling import resize

RED_CELL_PX = 48.0
"""Red-cell diameter, in pixels of the network's input, at which it works best."""

RED_CELL_RANGE = (28.0, 64.0)
"""Red-cell diameters at which its answer is taken."""

FIRST_SIDE = 320
"""Long side of the first look at a field of unknown scale, in pixels."""

LARGEST_SIDE = 2048
"""Long side beyond which no look is taken: bounds time and memory on any upload."""

SEEN_RED_CELLS = (14.0, 130.0)
"""Red-cell diameters at which the network sees red cells well enough to be measured."""

PAD_VALUE = 114
"""Grey level around a field in the network's input, the same in training."""

SMALL_SIDE = 400
"""A picture with a shorter long side is a part of a field: one look does not tell its scale."""

OTHER_SIDES = (112, 176, 640, 1280, 2048)
"""Long sides at which a field is looked at when the first look does not tell its scale."""

MOST_ENLARGED = 1.5
"""A field is never enlarged by more than this to find red cells on it."""

SURE = 0.6
"""A white cell with this score is believed where no red cell tells the scale."""

CANDIDATE_SCORE = 0.05
"""Grid points below this are not looked at."""


class FieldLocator:
    """Find white cells (and red cells and platelets) on fields with a trained network."""

    def __init__(
        self, network: Locator, *, device: torch.device | None = None, min_score: float = 0.3
    ) -> None:
        self.device = device or torch.device("cpu")
        self.network = network.to(self.device).to(memory_format=torch.channels_last).eval()
        self.min_score = min_score

    def locate(
        self, pixels: NDArray[np.uint8], *, um_per_px: float | None = None, min_score: float | None = None
    ) -> list[Detection]:
        """Return what is on a field (H, W, 3), white cells first, best first, boxes in its pixels.

        ``um_per_px`` sets the working size when known, unless the red cells seen at that size say that it is wrong
        (a picture that was resized keeps its old tag); else the red cells set it.
        """
        threshold = self.min_score if min_score is None else min_score
        side = max(pixels.shape[:2])
        if um_per_px is not None:
            factor = min(RED_CELL_PX * um_per_px / RED_CELL_UM, LARGEST_SIDE / side)
            looked = self.look(pixels, factor, threshold)
            diameter = red_cell_diameter(looked)
            if _suits(diameter, factor) or (diameter is None and _white_score(looked) >= SURE):
                return looked
        return self._search(pixels, side, threshold)

    def _search(self, pixels: NDArray[np.uint8], side: int, threshold: float) -> list[Detection]:
        """Return what is on a field of unknown scale with that long side, seen at the size its red cells tell."""
        factor = FIRST_SIDE / side
        looked = self.look(pixels, factor, threshold)
        if side < SMALL_SIDE or not _suits(red_cell_diameter(looked), factor):
            factor, looked = self._compare(pixels, side, threshold, (factor, looked))
        diameter = red_cell_diameter(looked, at_least=1)
        if diameter is None or _suits(diameter, factor):
            return looked
        return self.look(pixels, min(RED_CELL_PX / diameter, LARGEST_SIDE / side), threshold)

    def _compare(
        self, pixels: NDArray[np.uint8], side: int, threshold: float, first: tuple[float, list[Detection]]
    ) -> tuple[float, list[Detection]]:
        """Return the size, and what is seen at it, that shows most red cells, else the surest white cell."""
        looks = [first]
        for long_side in OTHER_SIDES:
            if long_side > min(LARGEST_SIDE, MOST_ENLARGED * side):
                break
            looks.append((long_side / side, self.look(pixels, long_side / side, threshold)))
        return max(looks, key=lambda look: (_red_evidence(look[1], look[0]), _white_score(look[1])))

    def look(
        self, pixels: NDArray[np.uint8], factor: float, threshold: float | None = None
    ) -> list[Detection]:
        """Return what the network sees on a field reduced by ``factor``; boxes in pixels of the field."""
        threshold = self.min_score if threshold is None else threshold
        batch = self.prepare(pixels, factor)
        with torch.inference_mode():
            tensor = torch.from_numpy(batch).to(self.device).permute(2, 0, 1)[None].float().div_(255)
            kinds, sides = self.network(tensor.contiguous(memory_format=torch.channels_last))
            scores = kinds[0].float().sigmoid()
            keep = (scores.amax(-1) >= min(CANDIDATE_SCORE, threshold)).nonzero()[:, 0]
            distances = self.network.distances(sides[0, keep].float())
            points = grid_points(batch.shape[0], batch.shape[1], self.device)[keep]
            candidates = (
                to_boxes(points, distances).cpu().numpy().astype(np.float64),
                scores[keep].cpu().numpy(),
            )
        return self._detections(*candidates, factor, pixels.shape[:2], threshold)

    @staticmethod
    def prepare(pixels: NDArray[np.uint8], factor: float) -> NDArray[np.uint8]:
        """Return the field resized by ``factor`` and padded at right and bottom to the network's multiple."""
        height, width = (max(1, round(s * factor)) for s in pixels.shape[:2])
        resized = resize(pixels, width, height)
        canvas = np.full((_ceil(height), _ceil(width), 3), PAD_VALUE, np.uint8)
        canvas[:height, :width] = resized
        return canvas

    @staticmethod
    def _detections(
        boxes: NDArray[np.float64],
        scores: NDArray[np.float32],
        factor: float,
        size: tuple[int, int],
        threshold: float,
    ) -> list[Detection]:
        height, width = size
        # The reduced image has whole pixels: the true factors of the two axes differ a little.
        factors = np.array([round(width * factor) / width, round(height * factor) / height] * 2)
        boxes = box_maths.clip(boxes / np.maximum(factors, 1e-9), width, height)
        found: list[Detection] = []
        visible = box_maths.area(boxes) > 0  # the rest lies in the padding
        for index, kind in enumerate(KINDS):
            own = visible & (scores[:, index] >= min(CANDIDATE_SCORE, threshold))
            kept, kept_scores = box_maths.suppress(boxes[own], scores[own, index].astype(np.float64))
            found += [
                Detection((float(b[0]), float(b[1]), float(b[2]), float(b[3])), float(s), kind)
                for b, s in zip(kept, kept_scores, strict=True)
                if s >= threshold
            ]
        return found


def _suits(diameter: float | None, factor: float) -> bool:
    """Return whether red cells of that diameter (pixels of the field) have a size the network is good at."""
    return diameter is not None and RED_CELL_RANGE[0] <= diameter * factor <= RED_CELL_RANGE[1]


def _red_evidence(detections: Sequence[Detection], factor: float) -> float:
    """Return the summed scores of the red cells that have a likely size in a look with that factor."""
    low, high = (limit / factor for limit in SEEN_RED_CELLS)
    return sum(
        d.score
        for d in detections
        if d.kind == "red-cell" and low <= max(d.box[2] - d.box[0], d.box[3] - d.box[1]) <= high
    )


def _white_score(detections: Sequence[Detection]) -> float:
    return max((d.score for d in detections if d.kind == "white-cell"), default=0.0)


def _ceil(side: int) -> int:
    return -(-side // PAD_MULTIPLE) * PAD_MULTIPLE
