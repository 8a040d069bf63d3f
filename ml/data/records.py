"""What a labelled image is to the training code, whatever set it comes from."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ml.contracts import KINDS, Box, Kind
from ml.errors import DatasetError


@dataclass(frozen=True, slots=True)
class TrueBox:
    """One annotated object of a field, in pixels of the image."""

    box: Box
    kind: Kind


@dataclass(frozen=True, slots=True)
class FieldRecord:
    """One annotated field; ``complete`` names the kinds of which every object is boxed."""

    source: str
    name: str
    path: Path
    objects: tuple[TrueBox, ...]
    part: str = ""
    complete: tuple[Kind, ...] = KINDS
    category: str = ""

    def boxes(self, kind: Kind = "white-cell") -> NDArray[np.float64]:
        """Return the boxes (T, 4) of one kind."""
        return np.array([o.box for o in self.objects if o.kind == kind], dtype=np.float64).reshape(-1, 4)


@dataclass(frozen=True, slots=True)
class CellRecord:
    """One labelled cell: an image of a single cell, or a box on a field.

    ``group`` joins what must stay on one side of a split: same patient, same original, same pixels.
    """

    source: str
    name: str
    path: Path
    label: str
    group: str
    box: Box | None = None
    part: str = ""
    fine_label: str = field(default="", compare=False)


def read_rgb(path: Path) -> NDArray[np.uint8]:
    """Return the pixels (H, W, 3) of a trusted training image; raises ``DatasetError`` when it is no image.

    Training sets are read without the limited child of `ml.images`: they are the trainer's own files.
    """
    pixels = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if pixels is None:
        raise DatasetError(f"“{path.name}” is not an image that can be read. Remove it from the data set.")
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB), np.uint8)
