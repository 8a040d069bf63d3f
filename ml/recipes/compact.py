"""Train the shipped `compact` (class list *eight*) on PBC and on the single cells of BCCD's training fields."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ml import crops, registry
from ml.classify.framing import frame_cell
from ml.contracts import Box
from ml.data import bccd, pbc
from ml.data.records import CellRecord, read_rgb
from ml.labels import class_list
from ml.localise.locator import FieldLocator
from ml.training.augment import Appearance
from ml.training.cell_sampler import CellSampler, TrainingCell
from ml.training.classify_task import ClassifyTask
from ml.training.loop import LoopSettings

CLASS_LIST = "eight"
INPUT_SIZE = 128
SHARES = {"pbc": 0.88, "bccd": 0.12}
"""How often a view is drawn from each laboratory."""

APPEARANCE = Appearance(
    stain=0.16, gain=0.2, gamma=0.35, saturation=0.45, blur=0.3, noise=0.3, jpeg=0.25, shade=0.25, grey=0.04
)

SETTINGS = LoopSettings(
    steps=9000, learning_rate=2e-3, weight_decay=0.05, evaluate_every=500, average_decay=0.9985, bfloat16=True
)


def task(data: Path, locator: FieldLocator, *, seed: int = 0) -> ClassifyTask:
    """Return the task; ``data`` holds the folders ``pbc`` and ``bccd``, the locator frames the PBC cells."""
    names = class_list(CLASS_LIST).names
    cells = pbc.read_cells(data / "pbc")
    groups = [
        (SHARES["pbc"], training_cells([c for c in cells if c.part == "train"], locator, names)),
        (SHARES["bccd"], training_cells(bccd.read_cells(data / "bccd", "train"), locator, names)),
    ]
    validation = {
        "pbc": plain_crops([c for c in cells if c.part == "val"], locator, names),
        "bccd": plain_crops(bccd.read_cells(data / "bccd", "val"), locator, names),
    }
    model = registry.build("compact", classes=len(names))
    sampler = CellSampler(groups, seed=seed, size=INPUT_SIZE, appearance=APPEARANCE)
    return ClassifyTask(model, sampler, validation)


def training_cells(
    records: Sequence[CellRecord], locator: FieldLocator, names: Sequence[str]
) -> list[TrainingCell]:
    """Return records as cells in memory."""
    made = []
    for record in records:
        pixels = read_rgb(record.path)
        made.append(TrainingCell.of(pixels, box_of(record, pixels, locator), names.index(record.label)))
    return made


def plain_crops(
    records: Sequence[CellRecord], locator: FieldLocator, names: Sequence[str]
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return the crops (N, S, S, 3) of records, cut as on slides, and their class numbers (N,)."""
    images, labels = [], []
    for record in records:
        pixels = read_rgb(record.path)
        images.append(crops.cut(pixels, box_of(record, pixels, locator), size=INPUT_SIZE))
        labels.append(names.index(record.label))
    return np.stack(images), np.array(labels)


def box_of(record: CellRecord, pixels: NDArray[np.uint8], locator: FieldLocator) -> Box:
    """Return the annotated box of a cell, or the one the locator frames."""
    return record.box or frame_cell(locator, pixels)
