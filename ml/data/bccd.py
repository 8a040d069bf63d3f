"""The BCCD set: 640x480 fields with boxes in Pascal VOC files (MIT; cosmicad, akshaylamba, Shenggan).

Expects ``JPEGImages``, ``Annotations``, ``ImageSets/Main`` and, for the classes of white cells, ``labels.csv``.
"""

from __future__ import annotations

import csv
from pathlib import Path
from xml.etree import ElementTree as ET

from ml.contracts import Kind
from ml.data.corrections import Corrections
from ml.data.records import CellRecord, FieldRecord, TrueBox
from ml.errors import DatasetError

_KINDS: dict[str, Kind] = {"WBC": "white-cell", "RBC": "red-cell", "Platelets": "platelet"}
_CLASSES = {
    "NEUTROPHIL": "neutrophil",
    "EOSINOPHIL": "eosinophil",
    "BASOPHIL": "basophil",
    "LYMPHOCYTE": "lymphocyte",
    "MONOCYTE": "monocyte",
}


def read_fields(root: Path, part: str, corrections: Corrections | None = None) -> list[FieldRecord]:
    """Return the fields of one list (``train`` or ``val``).

    With ``corrections`` (see ``ml.data.corrections``) the fields named there as wrong are left out, and of the list
    ``val`` those that are nearly the same as one of ``train``.
    Raises ``DatasetError`` when the folder is not such a set.
    """
    listing = root / "ImageSets" / "Main" / f"{part}.txt"
    if not listing.is_file():
        raise DatasetError(f"No BCCD list “{part}” under {root}. Expected ImageSets/Main/{part}.txt.")
    categories = _categories(root)
    skipped: frozenset[str] = frozenset()
    if corrections:
        skipped = corrections.excluded("bccd") | (
            corrections.near_identical("bccd") if part == "val" else frozenset()
        )
    return [
        FieldRecord(
            source="bccd",
            name=name,
            path=root / "JPEGImages" / f"{name}.jpg",
            objects=_objects(root / "Annotations" / f"{name}.xml"),
            part=part,
            category=categories.get(name, ""),
        )
        for name in listing.read_text(encoding="utf-8").split()
        if name not in skipped
    ]


def read_cells(root: Path, part: str) -> list[CellRecord]:
    """Return the white cells of fields that hold exactly one box and one category."""
    cells = []
    for record in read_fields(root, part):
        white = [o for o in record.objects if o.kind == "white-cell"]
        label = _CLASSES.get(record.category)
        if len(white) == 1 and label:
            cells.append(
                CellRecord("bccd", record.name, record.path, label, f"bccd/{record.name}", white[0].box, part)
            )
    return cells


def _objects(path: Path) -> tuple[TrueBox, ...]:
    found = []
    for element in ET.parse(path).getroot().iter("object"):  # noqa: S314 - a training set of our own choice
        kind = _KINDS[str(element.findtext("name"))]
        x0, y0, x1, y1 = (
            float(str(element.findtext(f"bndbox/{k}"))) for k in ("xmin", "ymin", "xmax", "ymax")
        )
        if x1 > x0 and y1 > y0:
            found.append(TrueBox((x0, y0, x1, y1), kind))
    return tuple(found)


def _categories(root: Path) -> dict[str, str]:
    path = root / "labels.csv"
    if not path.is_file():
        return {}
    with path.open(newline="", encoding="utf-8") as stream:
        return {row["image"]: row["category"].strip() for row in csv.DictReader(stream)}
