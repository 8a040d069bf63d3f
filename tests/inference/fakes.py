"""An analyser for tests of what surrounds it: it finds what it was told to find."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from ml.contracts import Box, CellResult, Classification, Detection, FieldResult, Scale
from tests.cells.factories import probabilities

BOXES: tuple[Box, ...] = ((10.0, 12.0, 60.5, 70.0), (100.0, 90.0, 140.0, 131.25))


class FakeAnalyser:
    """Say that every field holds `cells`; remember what was asked."""

    def __init__(
        self, cells: tuple[tuple[Box, str], ...] = ((BOXES[0], "neutrophil"), (BOXES[1], "basophil"))
    ):
        self.cells = cells
        self.scale = Scale(0.1, estimated=True)
        self.asked: list[tuple[NDArray[np.uint8], float | None]] = []
        self.before: Callable[[int], None] = lambda _: None
        self.boxes_asked: list[tuple[NDArray[np.uint8], list[Box]]] = []
        self.before_boxes: Callable[[], object] = lambda: None
        self.embedding = np.arange(4, dtype="<f2").tobytes()

    def analyse(self, pixels: NDArray[np.uint8], *, um_per_px: float | None) -> FieldResult:
        """Return the told cells; the second one is unidentified."""
        self.before(len(self.asked))
        self.asked.append((pixels, um_per_px))
        height, width = pixels.shape[:2]
        return FieldResult(
            width=width,
            height=height,
            scale=self.scale if um_per_px is None else Scale(um_per_px, estimated=False),
            cells=tuple(
                CellResult(
                    Detection(box, 0.9),
                    label,
                    probabilities(label),
                    unidentified=index == 1,
                    embedding=self.embedding,
                )
                for index, (box, label) in enumerate(self.cells)
            ),
        )

    def classify_boxes(self, pixels: NDArray[np.uint8], boxes: Sequence[Box]) -> list[Classification]:
        """Say that every box holds a monocyte."""
        self.before_boxes()
        self.boxes_asked.append((pixels, list(boxes)))
        return [
            Classification(
                "monocyte", probabilities("monocyte"), unidentified=False, embedding=self.embedding
            )
            for _ in boxes
        ]
