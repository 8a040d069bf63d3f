"""What the normaliser of studies leaves of the history of real cells: 500 kept as JPEG against 500 resampled to PNG.

``python bench/normaliser.py FOLDER`` with a folder for each class (the PBC set of Acevedo et al., Data in Brief 30
(2020) 105474). The cells of the two arms are different ones, the same number of each class, drawn at random. The second
arm is moved by half a pixel with bicubic interpolation and stored as PNG, which is what a generator gives: no grid of
blocks, and smoother; what it shows is as large and as bright as before. Prints Markdown for docs/studies.md.
"""

from __future__ import annotations

import argparse
import io
import json
import random
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from ml.images import decode
from ml.images.container import picture_bytes, read_container
from ml.images.normalise import SHRINK, Rule, encode, kept_side, normalise, one_length, pad, resample
from ml.images.perceptual import distance, fingerprint
from ml.images.traits import FAMILIES, traits
from ml.metrics.separation import Separation, separations

CLASSES = ("neutrophil", "eosinophil", "basophil", "lymphocyte", "monocyte")
EACH = 500
SIDE = 384
Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Cell:
    """A file, and whether its history is to be destroyed."""

    path: Path
    second: bool


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--each", type=int, default=EACH, help="cells of each arm")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--shrink", type=float, action="append", help="working resolution; several to compare"
    )
    parser.add_argument("--no-plain", action="store_true", help="leave the pictures as they were out")
    parser.add_argument("--no-duplicates", action="store_true", help="leave the fingerprints out")
    parser.add_argument("--json", type=Path, help="also write everything here")
    asked = parser.parse_args()
    cells = draw(asked.folder, each=asked.each, seed=asked.seed)
    second = np.array([cell.second for cell in cells])
    found: dict[str, Any] = {"cells": len(cells), "seed": asked.seed}
    with ProcessPoolExecutor(2) as pool:
        sources = list(pool.map(_sizes, cells, chunksize=20))
        smallest = min(side for side, _, _ in sources)
        found["before"] = {
            "file bytes": _one_figure([size for _, size, _ in sources], second),
            "containers": len({kind for _, _, kind in sources}),
        }
        if not asked.no_plain:
            plain = list(pool.map(_plain, cells, chunksize=20))
            found["only stretched, as PNG"] = _judged(plain, second)
        for shrink in asked.shrink or [SHRINK]:
            working = min(SIDE, int(kept_side(smallest) * shrink))
            rule = Rule(side=SIDE, working=working)
            made = list(pool.map(_normal, [(cell, rule) for cell in cells], chunksize=20))
            found[f"normalised, working {working}"] = _normalised(made, second)
        if not asked.no_duplicates:
            found["near duplicates"] = _duplicates(list(pool.map(_prints, cells, chunksize=20)))
    print(_table(found))
    if asked.json:
        asked.json.write_text(json.dumps(found, indent=2))


def draw(folder: Path, *, each: int, seed: int) -> list[Cell]:
    """Return so many cells of each arm, the same number of every class, no cell twice."""
    chance = random.Random(seed)  # noqa: S311 - a draw that is to come again
    cells = []
    for name in CLASSES:
        n = each // len(CLASSES)
        files = sorted(path for path in (folder / name).iterdir() if path.suffix.lower() in {".jpg", ".jpeg"})
        chosen = chance.sample(files, 2 * n)
        cells += [Cell(path, second=number >= n) for number, path in enumerate(chosen)]
    return cells


def file_of(cell: Cell) -> bytes:
    """Return the file of a cell as it would be imported."""
    data = cell.path.read_bytes()
    if not cell.second:
        return data
    with Image.open(io.BytesIO(data), formats=("JPEG",)) as image:
        picture = image.convert("RGB")
    # Output (x, y) is taken from half a pixel aside; the last row and column, which lie outside, are left out.
    width, height = picture.size
    size = (width - 1, height - 1)
    moved = picture.transform(size, Image.Transform.AFFINE, (1, 0, 0.5, 0, 1, 0.5), Image.Resampling.BICUBIC)
    out = io.BytesIO()
    moved.save(out, "PNG")
    return out.getvalue()


def _pixels(cell: Cell) -> Pixels:
    return decode(file_of(cell)).pixels


def _sizes(cell: Cell) -> tuple[int, int, str]:
    data = file_of(cell)
    pixels = decode(data).pixels
    return min(pixels.shape[:2]), len(data), data[:4].hex()


def _plain(cell: Cell) -> dict[str, dict[str, float]]:
    """Return the figures of a cell whose picture was only stretched to the side and stored without loss."""
    pixels = _pixels(cell)
    side = min(pixels.shape[:2])
    stretched = np.asarray(
        Image.fromarray(pixels[:side, :side]).resize((SIDE, SIDE), Image.Resampling.BICUBIC)
    )
    out = io.BytesIO()
    Image.fromarray(stretched).save(out, "PNG")
    return traits(stretched, encoded=out.tell())


def _normal(job: tuple[Cell, Rule]) -> tuple[bytes, dict[str, dict[str, float]]]:
    cell, rule = job
    data = normalise(_pixels(cell), rule)
    with Image.open(io.BytesIO(data)) as image:
        shown = np.asarray(image.convert("RGB"))
    return data, traits(shown, encoded=picture_bytes(data))


def _prints(cell: Cell) -> tuple[NDArray[np.uint8], list[NDArray[np.uint8]]]:
    """Return the fingerprint of a cell, and those of files made from it: compressed, smaller, moved, normalised."""
    pixels = _pixels(Cell(cell.path, second=False))
    image = Image.fromarray(pixels)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=60)
    small = image.resize((image.width * 2 // 3, image.height * 2 // 3), Image.Resampling.LANCZOS)
    rule = Rule(side=SIDE, working=200)
    others = [
        decode(out.getvalue()).pixels,
        np.asarray(small),
        np.clip(np.asarray(image, np.int16) + 12, 0, 255).astype(np.uint8),
        decode(encode(resample(pixels, Rule(side=SIDE, working=rule.working)), rule)).pixels,
        _pixels(Cell(cell.path, second=True)),
    ]
    return fingerprint(pixels), [fingerprint(one) for one in others]


def _judged(
    figures: Sequence[dict[str, dict[str, float]]], second: NDArray[np.bool_]
) -> list[dict[str, Any]]:
    families = {
        name: np.array([list(one[name].values()) for one in figures], np.float64) for name in FAMILIES
    }
    families["together"] = np.concatenate(list(families.values()), axis=1)
    return [asdict(one) for one in separations(families, second, seed=1)]


def _normalised(
    made: Sequence[tuple[bytes, dict[str, dict[str, float]]]], second: NDArray[np.bool_]
) -> dict[str, Any]:
    length = one_length(len(data) for data, _ in made)
    padded = [pad(data, length) for data, _ in made]
    return {
        "containers": len({json.dumps(read_container(data).as_json(), sort_keys=True) for data in padded}),
        "lengths": len({len(data) for data in padded}),
        "length": length,
        "longest": max(len(data) for data, _ in made),
        "content": _judged([figures for _, figures in made], second),
    }


def _one_figure(values: Sequence[float], second: NDArray[np.bool_]) -> dict[str, Any]:
    figures = {"one": np.array(values, np.float64)[:, None]}
    (found,) = separations(figures, second, seed=1)
    return asdict(found)


def _duplicates(prints: Sequence[tuple[NDArray[np.uint8], list[NDArray[np.uint8]]]]) -> dict[str, Any]:
    own = np.array([one for one, _ in prints])
    apart: list[int] = []
    for number in range(len(own) - 1):
        apart += distance(own[number], own[number + 1 :]).tolist()
    kinds = (
        "JPEG of quality 60",
        "two thirds of the size",
        "brighter by 12",
        "normalised",
        "moved by half a pixel",
    )
    return {
        "different cells": np.percentile(apart, [0, 0.01, 1, 50]).tolist(),
        **{
            kind: np.percentile(
                [int(distance(one, made[k][None])[0]) for one, made in prints], [50, 99, 100]
            ).tolist()
            for k, kind in enumerate(kinds)
        },
    }


def _table(found: dict[str, Any]) -> str:
    lines = ["| pictures | containers | lengths | " + " | ".join([*FAMILIES.values(), "together"]) + " |"]
    lines.append("|" + "---|" * (len(FAMILIES) + 4))
    for name, value in found.items():
        if isinstance(value, list):
            lines.append(f"| {name} | | | " + " | ".join(_cell(one) for one in value) + " |")
        elif isinstance(value, dict) and "content" in value:
            families = " | ".join(_cell(one) for one in value["content"])
            lines.append(f"| {name} | {value['containers']} | {value['lengths']} | {families} |")
    before, near = found["before"], found.get("near duplicates", {})
    lines += [
        "",
        f"As files: {before['containers']} containers; AUC of the bytes of a file {before['file bytes']['auc']:.3f}.",
        "Bits of 256 that differ: " + "; ".join(f"{name}: {values}" for name, values in near.items()),
    ]
    return "\n".join(lines)


def _cell(one: dict[str, Any] | Separation) -> str:
    values = one if isinstance(one, dict) else asdict(one)
    return f"{values['auc']:.3f} (p {values['p_holm']:.3f})"


if __name__ == "__main__":
    main()
