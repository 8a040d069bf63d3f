"""From pixels to classified white cells: the analysis that the site and the command line share."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ml import devices, registry
from ml.cards import Card
from ml.classify.cell_classifier import CellClassifier
from ml.classify.framing import frame_cell
from ml.contracts import (
    Box,
    CellResult,
    Classification,
    Detection,
    FieldResult,
)
from ml.errors import WeightsError
from ml.localise.locator import FieldLocator
from ml.localise.scale import estimate
from ml.models.locator import Locator
from ml.weights import load_weights

DEFAULT_MIN_SCORE = 0.3


def load_locator(card: Card, *, device: str = "auto") -> FieldLocator:
    """Return a ready locator from a card; raises ``WeightsError`` and ``DeviceError``."""
    if card.task != "locate":
        raise WeightsError(f"{card.label} does not locate cells. Choose the weights of a localiser.")
    network = registry.build(card.architecture, settings=card.config)
    load_weights(network, card)
    assert isinstance(network, Locator)
    return FieldLocator(
        network, device=devices.resolve(device), min_score=card.thresholds.get("score", DEFAULT_MIN_SCORE)
    )


class Analyser:
    """Find and classify the white cells of fields; loads its weights at the first field and stays warm."""

    def __init__(self, locator: Card, classifier: Card, *, device: str = "auto") -> None:
        self.locator_card, self.classifier_card, self.device = locator, classifier, device
        self._locator: FieldLocator | None = None
        self._classifier: CellClassifier | None = None

    @property
    def locator(self) -> FieldLocator:
        """Return the loaded locator."""
        if self._locator is None:
            self._locator = load_locator(self.locator_card, device=self.device)
        return self._locator

    @property
    def classifier(self) -> CellClassifier:
        """Return the loaded classifier."""
        if self._classifier is None:
            self._classifier = CellClassifier(self.classifier_card, device=devices.resolve(self.device))
        return self._classifier

    def analyse(self, pixels: NDArray[np.uint8], *, um_per_px: float | None = None) -> FieldResult:
        """Return the white cells of a field (H, W, 3) in reading order, classified, and what else is on it."""
        found = self.locator.locate(pixels, um_per_px=um_per_px)
        white = sorted((d for d in found if d.kind == "white-cell"), key=_reading_order)
        said = self.classifier.classify([self.classifier.cut(pixels, d.box) for d in white])
        height, width = pixels.shape[:2]
        return FieldResult(
            width=width,
            height=height,
            scale=estimate(found, um_per_px),
            cells=tuple(
                CellResult(d, c.label, c.probabilities, c.unidentified, c.embedding)
                for d, c in zip(white, said, strict=True)
            ),
            others=tuple(d for d in found if d.kind != "white-cell"),
        )

    def classify_boxes(self, pixels: NDArray[np.uint8], boxes: Sequence[Box]) -> list[Classification]:
        """Return what the classifier says of boxes on a field (H, W, 3) that people have drawn, in their order."""
        return self.classifier.classify([self.classifier.cut(pixels, box) for box in boxes])

    def classify_picture(self, pixels: NDArray[np.uint8]) -> Classification:
        """Return what the classifier says of a picture of one cell (H, W, 3): framed first, cut as on slides."""
        box = frame_cell(self.locator, pixels)
        return self.classifier.classify([self.classifier.cut(pixels, box)])[0]


def _reading_order(detection: Detection) -> tuple[float, float]:
    return (detection.box[1] + detection.box[3], detection.box[0])
