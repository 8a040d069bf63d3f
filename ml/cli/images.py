"""What the commands over image files share: arguments, reading, JSON Lines, exit status."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ml.errors import ImageError
from ml.images import DecodedImage, decode

Answer = Callable[[DecodedImage], dict[str, Any]]


def add_image_options(parser: argparse.ArgumentParser, what: str) -> None:
    """Add the image arguments, ``--json``, ``--device`` and ``--threads``."""
    parser.add_argument("images", nargs="+", metavar=what, help="image files: JPEG, PNG, TIFF or BMP")
    parser.add_argument(
        "--json", action="store_true", help="print one JSON object per image and nothing else"
    )
    add_compute_options(parser)


def add_compute_options(parser: argparse.ArgumentParser) -> None:
    """Add ``--device`` and ``--threads``."""
    parser.add_argument("--device", default="auto", help="cpu, cuda, cuda:N, mps or auto (default)")
    parser.add_argument("--threads", type=positive, help="processor threads to use (default: all)")


def positive(text: str) -> int:
    """Return a whole number above 0 from an argument."""
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return value


def limit_threads(threads: int | None) -> None:
    """Use that many processor threads in this process."""
    if threads:
        import torch

        torch.set_num_threads(threads)


def over_images(
    images: Sequence[str], answer: Answer, *, as_json: bool, tell: Callable[[dict[str, Any]], str]
) -> int:
    """Read each image, print what ``answer`` says of it, and return the exit status.

    An image that cannot be read gives an ``error`` instead and status 1; the others still run. As JSON Lines on
    standard output, or as the text that ``tell`` makes of an answer.
    """
    failed = False
    for name in images:
        try:
            said = {"image": name, **answer(decode(Path(name)))}
        except ImageError as error:
            failed = True
            said = {"image": name, "error": error.message}
        if as_json:
            print(json.dumps(said, ensure_ascii=False), flush=True)
        elif "error" in said:
            print(f"{name}: {said['error']}", file=sys.stderr, flush=True)
        else:
            print(tell(said), flush=True)
    return int(failed)


def rounded(values: Sequence[float], digits: int = 2) -> list[float]:
    """Return numbers with few enough digits to read."""
    return [round(v, digits) for v in values]
