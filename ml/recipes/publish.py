"""Write what a training run gave as weights with a card: measured, calibrated, dated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from ml import crops, registry
from ml.cards import Card, ClassListRef
from ml.classify.cell_classifier import CellClassifier, Preprocessing
from ml.data.sources import describe
from ml.data.windows import cell_free_windows
from ml.labels import ClassList
from ml.localise.locator import FieldLocator
from ml.metrics import classification, localisation
from ml.models.locator import Locator
from ml.recipes.calibrate import fit_temperature, unidentified_threshold
from ml.simulator import simulate_field
from ml.training.classify_task import ClassifyTask
from ml.training.locate_task import LocateTask
from ml.training.loop import FitResult, LoopSettings
from ml.weights import load_weights, save_weights

SCORES = np.round(np.arange(0.20, 0.66, 0.05), 2)
"""Score thresholds tried on the validation fields."""

EMPTY_SEEDS = range(700_000, 700_500)
"""Simulated fields without a white cell on which the threshold is chosen; evaluation takes others."""

ZOOMS = (1.0, 0.9, 0.8, 0.9)
"""Shares of the crop that the four views of a cell show."""

EMPTY_BOXES = 0.004
"""Boxes per picture without a cell that a threshold may give: a fifth of what is promised."""


def publish_locator(
    task: LocateTask,
    settings: LoopSettings,
    result: FitResult,
    folder: Path,
    *,
    version: int,
    images: Mapping[str, int],
    parent: Card | None = None,
) -> Card:
    """Write ``locator-v<version>`` into ``folder``: threshold and figures from the validation fields."""
    path = folder / f"locator-v{version}.safetensors"
    card = _card("locator", version, "locate", task.model, path, settings, result, parent)
    card = replace(card, data=tuple(describe(name, count, "training") for name, count in images.items()))
    network = load_weights(registry.build("locator"), card)
    assert isinstance(network, Locator)
    locator = FieldLocator(network, min_score=float(SCORES[0]))
    found = {
        source: [(_white(locator, pixels), true) for pixels, true in fields]
        for source, fields in task.validation.items()
    }
    threshold = choose_score(list(found.values()), _empty(task, locator))
    metrics = {
        source: asdict(localisation.report((_above(p, threshold), true) for p, true in pairs))
        for source, pairs in found.items()
    }
    card = replace(card, thresholds={"score": threshold}, metrics=metrics)
    card.write(path.with_suffix(".json"))
    return card


def choose_score(
    sources: Sequence[Sequence[tuple[np.ndarray, np.ndarray]]], empty: Sequence[Sequence[np.ndarray]] = ()
) -> float:
    """Return the threshold with the fewest errors among those that keep empty pictures empty, the middle of equals.

    Errors are cells missed and boxes too many on ``sources`` (found with scores (P, 5), true (T, 4)). On each group of
    pictures without a cell, ``empty`` (P, 5), at most ``EMPTY_BOXES`` boxes a picture are borne; the highest threshold
    is taken when none does that.
    """
    allowed = [t for t in SCORES if all(_boxes_each(group, t) <= EMPTY_BOXES for group in empty)] or [
        SCORES[-1]
    ]
    errors = []
    for threshold in allowed:
        wrong = 0.0
        for pairs in sources:
            figures = localisation.report((_above(p, threshold), true) for p, true in pairs)
            wrong += figures.true_boxes * (1 - figures.found) + figures.unmatched_per_field * figures.fields
        errors.append(wrong)
    best = np.flatnonzero(np.isclose(errors, min(errors)))
    return float(allowed[best[len(best) // 2]])


def _boxes_each(group: Sequence[np.ndarray], threshold: float) -> float:
    return sum(len(_above(rows, threshold)) for rows in group) / max(1, len(group))


def _empty(task: LocateTask, locator: FieldLocator) -> list[list[np.ndarray]]:
    """Return what is found on cell-free windows of the validation fields, and on simulated fields without a cell."""
    windows = [
        _white(locator, window)
        for fields in task.validation.values()
        for pixels, boxes in fields
        for window in cell_free_windows(pixels, boxes, min(pixels.shape[:2]) // 2)
    ]
    simulated = [_white(locator, simulate_field(seed, white_cells=[]).pixels) for seed in EMPTY_SEEDS]
    return [windows, simulated]


def publish_classifier(
    name: str,
    task: ClassifyTask,
    settings: LoopSettings,
    result: FitResult,
    folder: Path,
    *,
    version: int,
    classes: ClassList,
    images: Mapping[str, int],
    parent: Card | None = None,
    choices: Sequence[str] = (),
) -> Card:
    """Write ``<name>-v<version>`` into ``folder``: temperature and threshold from the validation cells."""
    path = folder / f"{name}-v{version}.safetensors"
    card = _card(name, version, "classify", task.model, path, settings, result, parent)
    reference = ClassListRef(classes.name, classes.version, classes.sha256, classes.names)
    card = replace(
        card,
        class_list=reference,
        preprocessing=asdict(Preprocessing(context=crops.CONTEXT, zooms=ZOOMS)),
        data=tuple(describe(source, count, "training") for source, count in images.items()),
        choices=tuple(choices),
    )
    classifier = CellClassifier(card)
    outputs = {s: (classifier.outputs(c)[0].double().numpy(), y) for s, (c, y) in task.validation.items()}
    logits = np.concatenate([x for x, _ in outputs.values()])
    labels = np.concatenate([y for _, y in outputs.values()])
    # Every laboratory weighs the same: a temperature fitted to the largest one is too sure elsewhere.
    weights = np.concatenate([np.full(len(y), 1 / len(y)) for _, y in outputs.values()])
    temperature = fit_temperature(logits, labels, weights)
    threshold, rejected, accepted = unidentified_threshold(logits, labels, temperature)
    metrics: dict[str, Any] = {
        source: _figures(x, y, classes, temperature, threshold) for source, (x, y) in outputs.items()
    }
    metrics["validation"] = {"rejected": round(rejected, 4), "accuracy_of_accepted": round(accepted, 4)}
    card = replace(card, thresholds={"temperature": temperature, "unidentified": threshold}, metrics=metrics)
    card.write(path.with_suffix(".json"))
    return card


def _figures(
    logits: np.ndarray, labels: np.ndarray, classes: ClassList, temperature: float, threshold: float
) -> dict[str, Any]:
    probabilities = torch.softmax(torch.from_numpy(logits) / temperature, 1).numpy()
    names = classes.names
    true = [names[i] for i in labels]
    said = [names[i] for i in probabilities.argmax(1)]
    whole = classification.report(true, said, names)
    five = [n for n in ("neutrophil", "lymphocyte", "monocyte", "eosinophil", "basophil") if n in names]
    kept = [i for i, label in enumerate(true) if label in five]
    figures = asdict(whole) | {
        "calibration_error": classification.expected_calibration_error(probabilities, labels),
        "rejected": float((probabilities.max(1) < threshold).mean()),
    }
    if kept:
        part = classification.report([true[i] for i in kept], [said[i] for i in kept], five)
        figures["five_classes"] = {
            "cells": part.cells,
            "accuracy": part.pooled_accuracy,
            "per_class": part.per_class,
        }
    return figures


def _card(
    name: str,
    version: int,
    task: str,
    model: nn.Module,
    path: Path,
    settings: LoopSettings,
    result: FitResult,
    parent: Card | None,
) -> Card:
    path.parent.mkdir(parents=True, exist_ok=True)
    recipe = asdict(settings)
    for machine_only in ("max_minutes", "checkpoint_minutes"):
        del recipe[machine_only]
    recipe |= {"minutes": round(result.minutes, 1), "steps_done": result.steps}
    if parent is not None:
        recipe["started_from"] = {"weights": parent.label, "sha256": parent.sha256}
    return Card(
        name=name,
        version=version,
        task="locate" if task == "locate" else "classify",
        architecture=name,
        config=registry.settings_of(name),
        class_list=None,
        preprocessing={},
        sha256=save_weights(model, path),
        parameters=sum(p.numel() for p in model.parameters()),
        created=datetime.now(UTC).date().isoformat(),
        recipe=recipe,
        weights_path=path,
    )


def _white(locator: FieldLocator, pixels: np.ndarray) -> np.ndarray:
    """Return white-cell boxes with their scores (P, 5), best first."""
    rows = [(*d.box, d.score) for d in locator.locate(pixels) if d.kind == "white-cell"]
    return np.array(rows, dtype=np.float64).reshape(-1, 5)


def _above(rows: np.ndarray, threshold: float) -> np.ndarray:
    return rows[rows[:, 4] >= threshold, :4]
