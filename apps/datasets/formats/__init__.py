"""The formats, each in a file of its own; `READERS` and `WRITERS` say which ones come in and go out."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from apps.datasets.archive import Archive
from apps.datasets.formats import bundle, coco, folders, geojson, table, voc, yolo
from apps.datasets.formats.out import Writer
from apps.datasets.values import FormatProblem, Note, Picture

Reader = Callable[[Archive, Note], Iterator[Picture]]

READERS: dict[str, Reader] = {
    "voc": voc.read,
    "yolo": yolo.read,
    "coco": coco.read,
    "csv": table.read,
    "imagefolder": folders.read,
    "bundle": bundle.read,
    "geojson": geojson.read,
}
WRITERS: dict[str, type[Writer]] = {
    "voc": voc.VocWriter,
    "yolo": yolo.YoloWriter,
    "coco": coco.CocoWriter,
    "csv": table.TableWriter,
    "imagefolder": folders.FolderWriter,
    "bundle": bundle.BundleWriter,
    "geojson": geojson.GeoJsonWriter,
}


def recognise(archive: Archive) -> str:
    """Return the format that an archive's files speak of.

    Raises:
        FormatProblem: they speak of none.
    """
    for name, looks_like in (
        ("bundle", bundle.looks_like),
        ("coco", coco.looks_like),
        ("geojson", geojson.looks_like),
        ("voc", voc.looks_like),
        ("yolo", yolo.looks_like),
        ("csv", table.looks_like),
        ("imagefolder", folders.looks_like),
    ):
        if looks_like(archive):
            return name
    raise FormatProblem("The archive holds no pictures with annotations that are read here.")
