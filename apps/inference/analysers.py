"""The warm analyser of this process: loaded once per pair of weights, kept while they are in use.

Imported by handlers only; torch comes in when the first analyser is built.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from django.conf import settings
from numpy.typing import NDArray

from apps.inference.selectors import Versions
from apps.registry.models import ModelVersion
from ml.cards import Card, load_card
from ml.contracts import Box, Classification, FieldResult
from ml.errors import WeightsError


class Analyses(Protocol):
    """What a handler needs of `ml.pipelines.Analyser`."""

    def analyse(self, pixels: NDArray[np.uint8], *, um_per_px: float | None) -> FieldResult:
        """Find and classify the cells of one field."""
        ...

    def classify_boxes(self, pixels: NDArray[np.uint8], boxes: Sequence[Box]) -> list[Classification]:
        """Classify boxes that people drew on a field."""
        ...

    def classify_picture(self, pixels: NDArray[np.uint8]) -> Classification:
        """Classify the cell in the middle of a picture."""
        ...


_lock = threading.Lock()
_warm: dict[tuple[str, str, str], Analyses] = {}


def warm(versions: Versions) -> Analyses:
    """Return the analyser of these versions, building it when this process has not used them last.

    Only the newest is kept: weights that went out of use would hold memory for nothing.

    Raises:
        WeightsError: a file is missing, or is not the one that was registered.
        DeviceError: the configured device does not exist here.
    """
    device = str(settings.WBCWEB_DEVICE)
    key = (versions.locator.weights_sha256, versions.classifier.weights_sha256, device)
    with _lock:
        if key not in _warm:
            built = build(card_of(versions.locator), card_of(versions.classifier), device)
            _warm.clear()
            _warm[key] = built
        return _warm[key]


def build(locator: Card, classifier: Card, device: str) -> Analyses:
    """Return a new analyser; the one place that imports torch."""
    from ml.pipelines import Analyser

    analyser: Any = Analyser(locator, classifier, device=device)
    return analyser


def card_of(version: ModelVersion) -> Card:
    """Return the card beside a version's weights.

    Raises:
        WeightsError: the weights are not those that were registered under this version.
    """
    card = load_card(Path(version.absolute_weights_path))
    if card.sha256 != version.weights_sha256:
        raise WeightsError(
            f"The weights of {version.label} are not those that were registered "
            f"(digest {card.sha256[:12]}, registered {version.weights_sha256[:12]})."
        )
    return card
