"""Measure an analyser on what was kept out of training: fields, cells, windows without a cell, simulated slides."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml.data import bccd, image_folder, jtsc, txl
from ml.data.corrections import read_corrections
from ml.data.records import CellRecord, FieldRecord, read_rgb
from ml.data.windows import cell_free_windows
from ml.labels import class_list
from ml.metrics import classification, localisation
from ml.pipelines import Analyser
from ml.simulator import simulate_field
from ml.training.locate_task import white_boxes

FIVE = class_list("five").names

SIMULATED_SEED = 900_000
"""First seed of the fields that only measure; training takes others."""

MIN_CELLS = 20
"""Classes with fewer cells are told as counts and stay out of the macro figure."""


@dataclass(frozen=True, slots=True)
class Measurement:
    """One line of an evaluation: what was measured, on which part of which source, and the figures."""

    what: str
    source: str
    part: str
    figures: Mapping[str, Any]


def measure(analyser: Analyser, data: Path) -> Iterator[Measurement]:
    """Yield the measurements for which ``data`` holds the set."""
    corrections = read_corrections(data / "corrections.csv")
    if (data / "bccd").is_dir():
        for label, known in (("val", None), ("val, corrected", corrections)):
            records = bccd.read_fields(data / "bccd", "val", known)
            yield Measurement("localisation", "bccd", label, localise(analyser, records))
        records = bccd.read_fields(data / "bccd", "val", corrections)
        yield Measurement("cell-free windows", "bccd", "val", cell_free(analyser, records))
        cells = bccd.read_cells(data / "bccd", "val")
        yield Measurement("classification", "bccd", "val", classify(analyser, cells))
    if (data / "txl").is_dir():
        for source in txl.SOURCES:
            records = txl.read_fields(data / "txl", source, "val", corrections)
            yield Measurement("localisation", f"txl-{source}", "val, corrected", localise(analyser, records))
            windows = cell_free(analyser, records, side=170)
            yield Measurement("cell-free windows", f"txl-{source}", "val, corrected", windows)
    yield Measurement("localisation", "simulated", "own seeds", simulated(analyser))
    yield Measurement("cell-free fields", "simulated", "own seeds", simulated_free(analyser))
    if (data / "pbc").is_dir():
        cells = image_folder.read_cells(data / "pbc", class_list("five"), source="pbc")
        kept = [c for c in cells if c.part == "val"]
        yield Measurement("classification", "pbc", "val", classify(analyser, kept))
    if (data / "jtsc").is_dir():
        cells = [c for c in jtsc.read_cells(data / "jtsc") if c.label in FIVE]
        yield Measurement("classification", "jtsc", "all, never trained on", classify(analyser, cells))


def localise(analyser: Analyser, records: Sequence[FieldRecord]) -> dict[str, Any]:
    """Return the figures of white-cell boxes on annotated fields."""
    return asdict(
        localisation.report((white_boxes(analyser.locator, read_rgb(r.path)), r.boxes()) for r in records)
    )


def classify(analyser: Analyser, records: Sequence[CellRecord]) -> dict[str, Any]:
    """Return five-class figures; any other class said is an error. Pictures of cells are framed first."""
    said = []
    for record in records:
        pixels = read_rgb(record.path)
        if record.box is None:
            said.append(analyser.classify_picture(pixels))
        else:
            said += analyser.classifier.classify([analyser.classifier.cut(pixels, record.box)])
    true = [r.label for r in records]
    report = classification.report(true, [s.label for s in said], FIVE)
    accepted = [s.label == t for s, t in zip(said, true, strict=True) if not s.unidentified]
    large = [share for name, share in report.per_class.items() if report.counts[name] >= MIN_CELLS]
    return {
        "cells": report.cells,
        "accuracy": report.pooled_accuracy,
        "macro": float(np.mean(large)) if large else None,
        "per_class": dict(report.per_class),
        "counts": dict(report.counts),
        "rejected": sum(s.unidentified for s in said) / len(said),
        "accuracy_of_accepted": float(np.mean(accepted)) if accepted else None,
        "confusion": report.confusion,
    }


def cell_free(analyser: Analyser, records: Sequence[FieldRecord], *, side: int = 240) -> dict[str, float]:
    """Return how many boxes are found per window of a field that holds no part of a white cell."""
    return _count(
        analyser, (w for r in records for w in cell_free_windows(read_rgb(r.path), r.boxes(), side))
    )


def simulated(analyser: Analyser, *, fields: int = 60) -> dict[str, Any]:
    """Return the figures of white-cell boxes on simulated fields; never beside figures of real ones."""
    made = [simulate_field(SIMULATED_SEED + i) for i in range(fields)]
    pairs = (
        (
            white_boxes(analyser.locator, m.pixels),
            np.array([o.box for o in m.objects if o.kind == "white-cell"], dtype=np.float64).reshape(-1, 4),
        )
        for m in made
    )
    return asdict(localisation.report(pairs))


def simulated_free(analyser: Analyser, *, fields: int = 100) -> dict[str, float]:
    """Return how many boxes are found per simulated field without a white cell."""
    made = (simulate_field(SIMULATED_SEED + 50_000 + i, white_cells=[]).pixels for i in range(fields))
    return _count(analyser, made)


def _count(analyser: Analyser, windows: Iterator[NDArray[np.uint8]] | Any) -> dict[str, float]:
    counts = [len(white_boxes(analyser.locator, window)) for window in windows]
    return {"windows": len(counts), "boxes_per_window": float(np.mean(counts)) if counts else 0.0}
