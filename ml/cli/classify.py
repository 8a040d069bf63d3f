"""``classify CELL...``: say what class single cells are."""

from __future__ import annotations

import argparse
from typing import Any

from ml.cli.choose import DEFAULT_CLASSIFIER, DEFAULT_LOCATOR, card_of
from ml.cli.images import add_image_options, limit_threads, over_images
from ml.contracts import Classification
from ml.images import DecodedImage


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = commands.add_parser("classify", help="classify pictures of single cells", description=__doc__)
    add_image_options(parser, "CELL")
    parser.add_argument(
        "--with", dest="classifier", default=DEFAULT_CLASSIFIER, help="a classifier or a weights file"
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print the class of every picture."""
    limit_threads(options.threads)
    from ml.pipelines import Analyser

    analyser = Analyser(card_of(DEFAULT_LOCATOR), card_of(options.classifier), device=options.device)

    def answer(image: DecodedImage) -> dict[str, Any]:
        return describe_class(analyser.classify_picture(image.pixels))

    return over_images(options.images, answer, as_json=options.json, tell=_tell)


def describe_class(said: Classification) -> dict[str, Any]:
    """Return a classification as plain values; ``unidentified`` only when it is so."""
    described: dict[str, Any] = {"label": said.label, "probabilities": dict(said.probabilities)}
    if said.unidentified:
        described["unidentified"] = True
    return described


def _tell(said: dict[str, Any]) -> str:
    mark = " (unidentified)" if said.get("unidentified") else ""
    return f"{said['image']}: {said['label']} {said['probabilities'][said['label']]:.3f}{mark}"
