"""Train classifiers: the shipped `compact` on PBC and BCCD, or any registered one on folders of cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ml import crops, registry
from ml.classify.framing import frame_cell
from ml.contracts import Box
from ml.data import bccd, image_folder
from ml.data.records import CellRecord, read_rgb
from ml.errors import DatasetError
from ml.labels import ClassList
from ml.localise.locator import FieldLocator
from ml.training.augment import Appearance
from ml.training.cell_sampler import CellSampler, CellViews, TrainingCell
from ml.training.classify_task import ClassifyTask
from ml.training.loop import LoopSettings

INPUT_SIZE = 128

SHARES = {"pbc": 0.88, "bccd": 0.12}
"""How often a view is drawn from each laboratory of the shipped recipe."""

APPEARANCE = Appearance(
    stain=0.2,
    contrast=0.5,
    background=0.5,
    hue=0.2,
    hue_chance=0.5,
    cast=0.12,
    exposure=(-0.4, 0.2),
    gain=0.1,
    gamma=0.5,
    saturation=0.6,
    blur=0.35,
    noise=0.3,
    jpeg=0.25,
    shade=0.25,
    grey=0.2,
)
"""Far wider than PBC and BCCD differ: what is asked is a laboratory that nobody has seen."""

VIEWS = CellViews(zoom=(0.7, 1.4), coarse_chance=0.4)
"""Boxes of another locator, or a person's, are tighter or wider than ours; cameras are coarser."""

SETTINGS = LoopSettings(
    steps=8000,
    learning_rate=1.5e-3,
    weight_decay=0.05,
    evaluate_every=500,
    average_decay=0.9985,
    bfloat16=True,
)


@dataclass(frozen=True, slots=True)
class CellSets:
    """Labelled cells by source; ``share`` says how often a training view is drawn from each."""

    train: dict[str, list[CellRecord]] = field(default_factory=dict)
    validation: dict[str, list[CellRecord]] = field(default_factory=dict)
    share: dict[str, float] = field(default_factory=dict)


def read_sets(data: Path, classes: ClassList) -> CellSets:
    """Return the cells under ``data``: the folders ``pbc`` and ``bccd`` of the shipped recipe, else class folders.

    Raises ``DatasetError`` when neither is there.
    """
    if not (data / "pbc").is_dir():
        cells = image_folder.read_cells(data, classes)
        return _by_part({data.name: cells}, {data.name: 1.0})
    sets = _by_part({"pbc": image_folder.read_cells(data / "pbc", classes, source="pbc")}, dict(SHARES))
    if (data / "bccd").is_dir():
        for part, target in (("train", sets.train), ("val", sets.validation)):
            target["bccd"] = [c for c in bccd.read_cells(data / "bccd", part) if c.label in classes.names]
    return sets


def _by_part(cells: dict[str, list[CellRecord]], share: dict[str, float]) -> CellSets:
    return CellSets(
        {source: [c for c in found if c.part == "train"] for source, found in cells.items()},
        {source: [c for c in found if c.part == "val"] for source, found in cells.items()},
        share,
    )


def task(
    name: str, data: Path, locator: FieldLocator, classes: ClassList, *, seed: int = 0, batch: int = 32
) -> tuple[ClassifyTask, dict[str, int]]:
    """Return the task of training ``name`` and how many cells each source gave; the locator frames unboxed cells."""
    sets = read_sets(data, classes)
    groups = [
        (sets.share.get(source, 1.0), training_cells(records, locator, classes.names))
        for source, records in sets.train.items()
    ]
    if not any(cells for _, cells in groups):
        raise DatasetError(f"No training cells under {data}.")
    validation = {
        source: plain_crops(records, locator, classes.names)
        for source, records in sets.validation.items()
        if records
    }
    sampler = CellSampler(groups, seed=seed, size=INPUT_SIZE, batch=batch, views=VIEWS, appearance=APPEARANCE)
    images = {source: len(records) for source, records in sets.train.items() if records}
    return ClassifyTask(registry.build(name, classes=len(classes.names)), sampler, validation), images


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
