"""A trained classifier with what its card says: size of the crop, views, temperature, threshold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from ml import crops, registry
from ml.cards import Card
from ml.contracts import Box, Classification
from ml.errors import ClassListMismatch, WeightsError
from ml.labels import CLASS_LISTS
from ml.weights import load_weights

BATCH = 64
"""Views classified at once; bounds memory."""

_HALF = 65504.0
"""The largest number that a float of 16 bits holds (IEEE 754-2019, binary16)."""


class _Embedder(Protocol):
    head: nn.Module
    drop: nn.Module

    def embed(self, x: Tensor) -> Tensor: ...


@dataclass(frozen=True, slots=True)
class Preprocessing:
    """How a cell becomes the network's input; stands on the card.

    ``size`` pixels, ``context`` as in ``ml.crops``, ``views`` of each crop whose logits are averaged (1: as it is;
    2: and mirrored; 4: turned by quarter turns; 8: both), for a cell on a smear has no up and no handedness.
    ``zooms`` are the shares of the crop's side that the views show, in turn: boxes are tight or wide by the
    laboratory, and what is said should not hang on that.
    """

    size: int = 128
    context: float = crops.CONTEXT
    views: int = 4
    zooms: Sequence[float] = (1.0,)


class CellClassifier:
    """Classify cells with a network and the settings of its card."""

    def __init__(self, card: Card, *, device: torch.device | None = None) -> None:
        """Load the weights of a card; raises ``WeightsError`` and, for an unknown class list, ``ClassListMismatch``."""
        if card.class_list is None:
            raise WeightsError(f"{card.label} is not a classifier: its card names no class list.")
        check_class_list(card)
        self.card = card
        self.names = card.class_list.names
        self.preprocessing = Preprocessing(**card.preprocessing)
        self.temperature = card.thresholds.get("temperature", 1.0)
        self.unidentified_below = card.thresholds.get("unidentified", 0.0)
        self.device = device or torch.device("cpu")
        network = registry.build(card.architecture, classes=len(self.names), settings=card.config)
        load_weights(network, card).to(self.device).to(memory_format=torch.channels_last)
        self.network = network

    def cut(self, pixels: NDArray[np.uint8], box: Box) -> NDArray[np.uint8]:
        """Return the network's crop (S, S, 3) of a cell on a picture."""
        return crops.cut(pixels, box, context=self.preprocessing.context, size=self.preprocessing.size)

    def classify(self, cells: Sequence[NDArray[np.uint8]]) -> list[Classification]:
        """Return what the network says of crops made by ``cut``."""
        if not cells:
            return []
        logits, embeddings = self.outputs(cells)
        probabilities = torch.softmax(logits.double() / self.temperature, 1).numpy()
        # Larger values than a half float holds would become infinite, and near to everything.
        features = embeddings.clamp(-_HALF, _HALF).numpy().astype("<f2")
        return [self._say(*row) for row in zip(probabilities, features, strict=True)]

    def outputs(self, cells: Sequence[NDArray[np.uint8]] | NDArray[np.uint8]) -> tuple[Tensor, Tensor]:
        """Return logits (N, classes) and embeddings (N, F) of crops, each the mean over the views."""
        stacked = torch.from_numpy(np.stack(list(cells))).permute(0, 3, 1, 2)
        network = cast("_Embedder", self.network)
        logits, embeddings = [], []
        views = self.preprocessing.views
        with torch.inference_mode():
            for start in range(0, len(stacked), max(1, BATCH // views)):
                block = stacked[start : start + max(1, BATCH // views)].to(self.device).float().div_(255)
                looks = [self._zoom(view, index) for index, view in enumerate(dihedral(block, views))]
                features = network.embed(torch.cat(looks).contiguous(memory_format=torch.channels_last))
                said = network.head(network.drop(features))
                logits.append(said.reshape(views, len(block), -1).float().mean(0).cpu())
                embeddings.append(features.reshape(views, len(block), -1).float().mean(0).cpu())
        return torch.cat(logits), torch.cat(embeddings)

    def _zoom(self, view: Tensor, index: int) -> Tensor:
        """Return the middle of a view (N, C, S, S), as much as the zoom of its turn says, at the same size."""
        zooms = self.preprocessing.zooms
        size = view.shape[-1]
        side = round(size * zooms[index % len(zooms)])
        if side == size:
            return view
        start = (size - side) // 2
        middle = view[..., start : start + side, start : start + side]
        return functional.interpolate(middle, size=(size, size), mode="bilinear", align_corners=False)

    def _say(self, probabilities: NDArray[np.float64], features: NDArray[np.float16]) -> Classification:
        best = int(probabilities.argmax())
        return Classification(
            label=self.names[best],
            probabilities={name: float(p) for name, p in zip(self.names, probabilities, strict=True)},
            unidentified=bool(probabilities[best] < self.unidentified_below),
            embedding=features.tobytes(),
        )


def dihedral(block: Tensor, views: int) -> list[Tensor]:
    """Return ``views`` (1, 2, 4 or 8) turned or mirrored copies of a block (N, C, S, S)."""
    if views == 1:
        return [block]
    if views == 2:
        return [block, block.flip(-1)]
    turned = [torch.rot90(block, k, (2, 3)) for k in range(4)]
    return turned if views == 4 else turned + [t.flip(-1) for t in turned]


def check_class_list(card: Card) -> None:
    """Raise ``ClassListMismatch`` when a card's class list is not the installed one of that name."""
    told = card.class_list
    if told is None:
        return
    installed = CLASS_LISTS.get(told.name)
    if installed is None or installed.names != told.names or installed.sha256 != told.sha256:
        own = (
            f"“{installed.name}” v{installed.version} ({', '.join(installed.names)})" if installed else "none"
        )
        raise ClassListMismatch(
            f"{card.label} was made for the class list “{told.name}” v{told.version} ({', '.join(told.names)}); "
            f"installed under that name is {own}. Use weights made for the installed list."
        )
