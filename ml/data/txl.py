"""The TXL-PBC set: fields with one white cell each, YOLO boxes (MIT; Gan et al. 2024, from PBC and Raabin-WBC).

Expects ``images/<source>`` and ``labels/<source>`` for the sources ``raabin`` and ``pbc``.
"""

from __future__ import annotations

from pathlib import Path

from ml.contracts import KINDS
from ml.data.corrections import Corrections
from ml.data.records import FieldRecord, TrueBox, read_rgb
from ml.data.splits import part_of, pixel_key
from ml.errors import DatasetError

SOURCES = ("raabin", "pbc")


def read_fields(
    root: Path, source: str, part: str, corrections: Corrections | None = None
) -> list[FieldRecord]:
    """Return the fields of one source and part; the part is decided by its pixels (see ``ml.data.splits``).

    A box repeated in a file counts once. Raises ``DatasetError`` when the folder is not such a set.
    """
    images = root / "images" / source
    if not images.is_dir():
        raise DatasetError(f"No TXL source “{source}” under {root}. Expected images/{source}.")
    skipped = corrections.excluded("txl") if corrections else frozenset()
    records = []
    for path in sorted(images.iterdir()):
        name = f"{source}/{path.stem}"
        pixels = read_rgb(path)
        if part_of(pixel_key(pixels)) != part or name in skipped:
            continue
        objects = _objects(pixels.shape[:2], root / "labels" / source / f"{path.stem}.txt")
        records.append(FieldRecord(f"txl-{source}", name, path, objects, part))
    return records


def _objects(size: tuple[int, ...], labels: Path) -> tuple[TrueBox, ...]:
    height, width = size
    found: dict[TrueBox, None] = {}
    for line in labels.read_text(encoding="utf-8").splitlines():
        kind, x, y, w, h = (float(v) for v in line.split())
        box = ((x - w / 2) * width, (y - h / 2) * height, (x + w / 2) * width, (y + h / 2) * height)
        found[TrueBox(box, KINDS[int(kind)])] = None
    return tuple(found)
