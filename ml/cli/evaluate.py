"""``evaluate``: measure weights on the validation part of the public sets."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path

from ml.cli.choose import DEFAULT_CLASSIFIER, DEFAULT_LOCATOR, card_of
from ml.cli.images import add_compute_options, limit_threads


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = commands.add_parser("evaluate", help="measure weights on public sets", description=__doc__)
    parser.add_argument(
        "--data", type=Path, required=True, help="folder with bccd, txl, pbc, jtsc (those present)"
    )
    parser.add_argument("--locator", default=DEFAULT_LOCATOR, help="a localiser, or weights of one")
    parser.add_argument("--classifier", default=DEFAULT_CLASSIFIER, help="weights of a classifier")
    parser.add_argument(
        "--json", action="store_true", help="print one JSON object per measurement and nothing else"
    )
    add_compute_options(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print each measurement."""
    limit_threads(options.threads)
    from ml import evaluation
    from ml.pipelines import Analyser

    analyser = Analyser(card_of(options.locator), card_of(options.classifier), device=options.device)
    for measured in evaluation.measure(analyser, options.data):
        values = asdict(measured)
        if options.json:
            print(json.dumps(values, ensure_ascii=False), flush=True)
        else:
            figures = ", ".join(f"{k} {_short(v)}" for k, v in measured.figures.items())
            print(f"{measured.what} on {measured.source} ({measured.part}): {figures}", flush=True)
    return 0


def _short(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.4f}"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k} {_short(v)}" for k, v in value.items()) + "}"
    return str(value)
