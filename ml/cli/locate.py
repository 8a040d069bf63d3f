"""``locate IMAGE...``: find the white cells on fields."""

from __future__ import annotations

import argparse
from typing import Any

from ml import registry
from ml.cli.choose import DEFAULT_LOCATOR, card_of
from ml.cli.images import add_image_options, limit_threads, over_images, rounded
from ml.contracts import Detection, Scale
from ml.images import DecodedImage


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = commands.add_parser("locate", help="find the white cells on fields", description=__doc__)
    add_image_options(parser, "IMAGE")
    parser.add_argument(
        "--with", dest="method", default=DEFAULT_LOCATOR, help="a localiser or a weights file"
    )
    parser.add_argument("--all", action="store_true", help="also tell red cells and platelets")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print the boxes of every image."""
    limit_threads(options.threads)
    locate = _method(options.method, options.device)

    def answer(image: DecodedImage) -> dict[str, Any]:
        from ml.localise.scale import estimate

        found = locate(image)
        return describe_field(image.width, image.height, estimate(found, image.um_per_px)) | {
            "boxes": [describe_detection(d) for d in found if options.all or d.kind == "white-cell"]
        }

    return over_images(options.images, answer, as_json=options.json, tell=_tell)


def describe_field(width: int, height: int, scale: Scale) -> dict[str, Any]:
    """Return size and scale of a field as plain values."""
    return {
        "width": width,
        "height": height,
        "scale": {"um_per_px": scale.um_per_px, "estimated": scale.estimated},
    }


def describe_detection(detection: Detection) -> dict[str, Any]:
    """Return a detection as plain values; the box in pixels, half-open."""
    return {"box": rounded(detection.box), "score": round(detection.score, 4), "kind": detection.kind}


def _method(name: str, device: str) -> Any:
    if name in {e.name for e in registry.entries("locate")} and not registry.entry(name).trainable:
        method = registry.load_factory(registry.entry(name))()
        return lambda image: method.locate(image.pixels)
    from ml.pipelines import load_locator

    locator = load_locator(card_of(name), device=device)
    return lambda image: locator.locate(image.pixels, um_per_px=image.um_per_px)


def _tell(said: dict[str, Any]) -> str:
    boxes = said["boxes"]
    lines = [f"{said['image']}: {len(boxes)} found on {said['width']} x {said['height']} pixels"]
    lines += [f"  {b['kind']:<10} {b['score']:.2f}  {' '.join(f'{v:7.1f}' for v in b['box'])}" for b in boxes]
    return "\n".join(lines)
