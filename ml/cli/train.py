"""``train NAME``: train a network by its recipe, stop and go on at any time, and write weights with their card."""

from __future__ import annotations

import argparse
import math
import signal
import sys
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

from ml import registry
from ml.cards import Card
from ml.cli.choose import DEFAULT_CLASSIFIER, DEFAULT_LOCATOR, card_of
from ml.cli.images import add_compute_options, limit_threads, positive
from ml.contracts import Progress
from ml.errors import ConfigError
from ml.labels import CLASS_LISTS, class_list

if TYPE_CHECKING:  # the loop needs torch, which the command line loads only to train
    from torch import nn

    from ml.training.loop import LoopSettings


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = commands.add_parser("train", help="train a network", description=__doc__)
    parser.add_argument(
        "name", help=f"a network: {', '.join(e.name for e in registry.entries() if e.trainable)}"
    )
    parser.add_argument(
        "--data", type=Path, required=True, help="folder with bccd, txl, pbc; or with class folders"
    )
    parser.add_argument(
        "--out", type=Path, required=True, help="folder of the run; an unfinished run there goes on"
    )
    parser.add_argument(
        "--class-list", choices=sorted(CLASS_LISTS), default="eight", help="classes of a classifier"
    )
    parser.add_argument(
        "--framed-by", default=DEFAULT_LOCATOR, help="locator weights that frame cells without a box"
    )
    parser.add_argument(
        "--start-from", help="weights to start from, shipped ones by name or a file (default: fresh ones)"
    )
    parser.add_argument("--steps", type=positive, help="optimiser steps (default: the recipe's)")
    parser.add_argument("--version", type=positive, default=1, help="version number of the weights")
    parser.add_argument("--seed", type=int, default=0, help="seed of everything random")
    parser.add_argument(
        "--max-minutes", type=float, default=math.inf, help="stop after this time; run again to go on"
    )
    add_compute_options(parser)
    parser.set_defaults(run=run)


class _Signals:
    """A cancel token that SIGINT and SIGTERM set, so that a last checkpoint is written."""

    def __init__(self) -> None:
        self.stopped = False
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._stop)

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self.stopped = True

    def cancelled(self) -> bool:
        """Return whether a signal has come."""
        return self.stopped


def run(options: argparse.Namespace) -> int:
    """Train, publish when finished, and say what came out."""
    entry = registry.entry(options.name)
    if not entry.trainable:
        raise ConfigError(f"“{entry.name}” has nothing to train.")
    limit_threads(options.threads)
    import torch

    torch.manual_seed(options.seed)
    card = _train_locator(options) if entry.task == "locate" else _train_classifier(options)
    if card is None:
        print(f"The time is up. Run the same command again to go on from {options.out}.", file=sys.stderr)
        return 0
    print(f"{card.label}: {card.weights_path}")
    return 0


def _train_locator(options: argparse.Namespace) -> Card | None:
    from ml.recipes import locator as recipe
    from ml.recipes.publish import publish_locator
    from ml.training.loop import fit

    task, images = recipe.task(options.data, seed=options.seed)
    parent = _start(task.model, options)
    settings = _settings(recipe.SETTINGS, options)
    result = fit(task, settings, options.out / "checkpoints", progress=_tell, cancel=_Signals())
    if not result.finished:
        return None
    return publish_locator(
        task, settings, result, options.out, version=options.version, images=images, parent=parent
    )


def _train_classifier(options: argparse.Namespace) -> Card | None:
    from ml.pipelines import load_locator
    from ml.recipes import cells as recipe
    from ml.recipes.publish import publish_classifier
    from ml.training.loop import fit

    classes = class_list(options.class_list)
    locator = load_locator(card_of(options.framed_by), device=options.device)
    task, images = recipe.task(options.name, options.data, locator, classes, seed=options.seed)
    parent = _start(task.model, options)
    settings = _settings(recipe.SETTINGS, options)
    result = fit(task, settings, options.out / "checkpoints", progress=_tell, cancel=_Signals())
    if not result.finished:
        return None
    return publish_classifier(
        options.name,
        task,
        settings,
        result,
        options.out,
        version=options.version,
        classes=classes,
        images=images,
        parent=parent,
        choices=() if options.name == DEFAULT_CLASSIFIER else registry.entry(options.name).choices,
    )


def _start(model: nn.Module, options: argparse.Namespace) -> Card | None:
    """Put the weights that the run starts from into the model and return their card; a resumed run replaces them."""
    if options.start_from is None:
        return None
    from ml.classify.cell_classifier import check_class_list
    from ml.weights import load_weights

    parent = card_of(options.start_from)
    check_class_list(parent)
    if parent.architecture != options.name:
        raise ConfigError(
            f"{parent.label} is a {parent.architecture} network. Start from weights of {options.name}, or from none."
        )
    load_weights(model, parent)
    return parent


def _settings(recipe: LoopSettings, options: argparse.Namespace) -> LoopSettings:
    changes: dict[str, Any] = {"seed": options.seed, "max_minutes": options.max_minutes}
    if options.steps:
        changes["steps"] = options.steps
        changes["evaluate_every"] = min(recipe.evaluate_every, options.steps)
        changes["warmup_steps"] = min(recipe.warmup_steps, options.steps // 5)
    return replace(recipe, **changes)


def _tell(progress: Progress) -> None:
    if progress.stage == "validation" or progress.done % 100 == 0:
        figures = " ".join(f"{name} {value:.4f}" for name, value in progress.metrics.items())
        print(f"step {progress.done} of {progress.total}: {figures}", file=sys.stderr, flush=True)
