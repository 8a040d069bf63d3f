"""``analyse IMAGE...``: find the white cells on fields and classify each."""

from __future__ import annotations

import argparse
from typing import Any

from ml.cli.choose import DEFAULT_CLASSIFIER, DEFAULT_LOCATOR, card_of
from ml.cli.images import add_image_options, limit_threads, over_images
from ml.cli.locate import describe_detection, describe_field
from ml.images import DecodedImage


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "analyse", help="find and classify the white cells on fields", description=__doc__
    )
    add_image_options(parser, "IMAGE")
    parser.add_argument("--locator", default=DEFAULT_LOCATOR, help="weights of a localiser, by name or file")
    parser.add_argument(
        "--classifier", default=DEFAULT_CLASSIFIER, help="weights of a classifier, by name or file"
    )
    parser.add_argument("--all", action="store_true", help="also tell red cells and platelets")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print the classified cells of every image."""
    limit_threads(options.threads)
    from ml.pipelines import Analyser

    analyser = Analyser(card_of(options.locator), card_of(options.classifier), device=options.device)

    def answer(image: DecodedImage) -> dict[str, Any]:
        result = analyser.analyse(image.pixels, um_per_px=image.um_per_px)
        boxes = [
            describe_detection(cell.detection)
            | {
                "label": cell.label,
                "probabilities": dict(cell.probabilities),
                "unidentified": cell.unidentified,
            }
            for cell in result.cells
        ]
        if options.all:
            boxes += [describe_detection(d) for d in result.others]
        return describe_field(result.width, result.height, result.scale) | {"boxes": boxes}

    return over_images(options.images, answer, as_json=options.json, tell=_tell)


def _tell(said: dict[str, Any]) -> str:
    cells = [b for b in said["boxes"] if b["kind"] == "white-cell"]
    lines = [f"{said['image']}: {len(cells)} white cell{'' if len(cells) == 1 else 's'}"]
    for cell in cells:
        mark = " (unidentified)" if cell["unidentified"] else ""
        place = " ".join(f"{v:7.1f}" for v in cell["box"])
        lines.append(f"  {cell['label']:<20} {cell['probabilities'][cell['label']]:.3f}  {place}{mark}")
    return "\n".join(lines)
