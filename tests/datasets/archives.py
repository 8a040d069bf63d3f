"""Archives for tests: built in memory, good ones and hostile ones."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from apps.accounts.models import Project, User
from apps.core import storage
from apps.datasets import services
from apps.datasets.archive import Archive, open_archive
from apps.datasets.formats import READERS
from apps.datasets.models import Import
from apps.datasets.values import Picture, Remark
from tests.kits import images as kit

Files = Mapping[str, bytes | str]
_OPEN: list[object] = []  # a context that nobody holds any more closes


def zipped(files: Files, *, how: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return an archive with these files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", how) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def picture(seed: int = 0, width: int = 96, height: int = 64) -> bytes:
    """Return a PNG that differs with its seed."""
    return kit.encoded(kit.picture(width, height, seed))


def voc_xml(
    name: str, objects: Sequence[tuple[str, int, int, int, int]], size: tuple[int, int] = (96, 64)
) -> str:
    """Return a VOC file; boxes as VOC writes them, from 1 and with the last pixel."""
    boxes = "".join(
        f"<object><name>{label}</name><bndbox><xmin>{a}</xmin><ymin>{b}</ymin><xmax>{c}</xmax><ymax>{d}</ymax>"
        "</bndbox></object>"
        for label, a, b, c, d in objects
    )
    return (
        f"<annotation><filename>{name}</filename><size><width>{size[0]}</width><height>{size[1]}</height></size>"
        f"{boxes}</annotation>"
    )


def small_voc() -> dict[str, bytes | str]:
    """Return three fields: two boxes, none, and one of each kind that is odd."""
    return {
        "set/JPEGImages/a.png": picture(1),
        "set/JPEGImages/b.png": picture(2),
        "set/JPEGImages/c.png": picture(3),
        "set/Annotations/a.xml": voc_xml("a.png", [("WBC", 1, 1, 20, 20), ("RBC", 30, 10, 50, 30)]),
        "set/Annotations/c.xml": voc_xml(
            "c.png",
            [
                ("WBC", 10, 10, 9, 20),
                ("WBC", 200, 10, 220, 30),
                ("WBC", 80, 50, 130, 64),
                ("Platelets", 5, 5, 9, 9),
            ],
        ),
    }


def crops() -> dict[str, bytes | str]:
    """Return pictures of single cells in folders by class: one comes twice, one is broken."""
    return {
        "pbc/neutrophil/SNE_1.png": picture(1, 48, 40),
        "pbc/neutrophil/SNE_2.png": picture(2, 48, 40),
        "pbc/ig/MY_1.png": picture(3, 48, 40),
        "pbc/ig/same.png": picture(1, 48, 40),
        "pbc/monocyte/broken.png": b"this is no picture",
    }


def small_coco() -> dict[str, bytes | str]:
    """Return a COCO set of two pictures, one without a box."""
    data = {
        "images": [
            {"id": 7, "file_name": "a.png", "width": 96, "height": 64},
            {"id": 9, "file_name": "b.png", "width": 96, "height": 64},
        ],
        "categories": [{"id": 3, "name": "Monocyte"}, {"id": 1, "name": "Neutrophil"}],
        "annotations": [{"id": 1, "image_id": 7, "category_id": 3, "bbox": [2.5, 3, 20, 18.25]}],
    }
    return {"coco.json": json.dumps(data), "a.png": picture(1), "b.png": picture(2)}


def read(name: str, data: bytes) -> tuple[list[Picture], list[Remark]]:
    """Return what a format reads from an archive."""
    remarks: list[Remark] = []
    with open_archive(io.BytesIO(data), remarks.append) as archive:
        pictures = list(READERS[name](archive, remarks.append))
    return pictures, remarks


def opened(data: bytes) -> tuple[Archive, list[Remark]]:
    """Return an archive that stays open, and what opening it said."""
    remarks: list[Remark] = []
    context = open_archive(io.BytesIO(data), remarks.append)
    archive = context.__enter__()
    _OPEN.append(context)
    return archive, remarks


def begin(actor: User, project: Project, data: bytes, **values: object) -> Import:
    """Begin an import with these bytes."""
    key = storage.new_key("imports", ".zip")
    storage.save_bytes(key, data)
    return services.open_import(
        actor=actor,
        project=project,
        source_key=key,
        size=len(data),
        **values,  # type: ignore[arg-type]
    )


def folder(root: Path, files: Files) -> Path:
    """Write files below a folder."""
    for name, data in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data.encode() if isinstance(data, str) else data)
    return root
