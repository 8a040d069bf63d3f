"""COCO: one JSON file with all pictures, all boxes as [x, y, width, height] in pixels, and the categories.

Source: https://cocodataset.org/#format-data ("bbox": [x, y, width, height], from the top-left corner, 0-based).
Category ids are the positions in the class list, from 1; every picture is listed, also one without a box.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import IO, Any

from apps.core.storage import scratch
from apps.datasets import limits
from apps.datasets.archive import Archive, BadMember
from apps.datasets.formats.matching import Pictures
from apps.datasets.formats.numbers import finite
from apps.datasets.formats.out import UNCLASSIFIED, Out, ids
from apps.datasets.values import FormatProblem, Note, Odd, OutCell, OutPicture, Picture, Remark, Shape

_IN_MEMORY = 8 << 20


def looks_like(archive: Archive) -> bool:
    """Return whether there is a JSON file that begins like one of COCO."""
    for name in archive.names(".json")[:10]:
        try:
            head = archive.text(name)[:2_000_000]
        except BadMember:
            continue
        if '"annotations"' in head and '"images"' in head:
            return True
    return False


def read(archive: Archive, note: Note) -> Iterator[Picture]:
    """Yield every picture of the archive with the boxes of all COCO files in it.

    Raises:
        FormatProblem: there is no such file.
    """
    paths = archive.pictures()
    pictures = Pictures(paths)
    shapes: defaultdict[str, list[Shape]] = defaultdict(list)
    sizes: dict[str, tuple[int, int]] = {}
    unread: Counter[str] = Counter()
    found = 0
    for name in archive.names(".json"):
        data = _load(archive, name, note)
        if data is None:
            continue
        found += 1
        _take(data, name, pictures, shapes, sizes, unread, note)
    if not found:
        raise FormatProblem(
            "The archive holds no COCO file: JSON with “images”, “annotations” and “categories”."
        )
    for path in paths:
        yield Picture(path, tuple(shapes[path]), size=sizes.get(path), unread=unread[path])


def _load(archive: Archive, name: str, note: Note) -> dict[str, Any] | None:
    try:
        data = json.loads(archive.text(name))
    except BadMember as bad:
        note(Remark(name, bad.odd, bad.message))
        return None
    except (ValueError, RecursionError):
        note(Remark(name, Odd.UNREADABLE_FILE, "The file is not JSON that can be read."))
        return None
    if isinstance(data, dict) and all(isinstance(data.get(part), list) for part in ("images", "annotations")):
        return data
    return None


def _take(
    data: dict[str, Any],
    name: str,
    pictures: Pictures,
    shapes: defaultdict[str, list[Shape]],
    sizes: dict[str, tuple[int, int]],
    unread: Counter[str],
    note: Note,
) -> None:
    categories = {
        _key(one.get("id")): str(one.get("name", "")).strip()[: limits.NAME_LENGTH]
        for one in _dicts(data.get("categories"))
    }
    listed: dict[Any, str | None] = {}
    orphans: Counter[Any] = Counter()
    outlines = 0
    for image in _dicts(data["images"]):
        path = pictures.named(str(image.get("file_name", "")), near=name)
        listed[_key(image.get("id"))] = path
        width, height = image.get("width"), image.get("height")
        if path and isinstance(width, int) and isinstance(height, int) and width > 0 and height > 0:
            sizes[path] = (width, height)
    for number, one in enumerate(_dicts(data["annotations"]), start=1):
        path = listed.get(_key(one.get("image_id")))
        if path is None:
            orphans[_key(one.get("image_id"))] += 1
            continue
        outlines += bool(one.get("segmentation"))
        place = f"annotation {number}"
        try:
            x, y, w, h = (finite(value) for value in one.get("bbox") or ())
        except (ValueError, TypeError):
            unread[path] += 1
            note(Remark(path, Odd.UNREADABLE_BOX, "The box has no four numbers.", boxes=1, place=place))
            continue
        category = categories.get(_key(one.get("category_id")), f"category {one.get('category_id')}"[:40])
        shapes[path].append(Shape(category, (x, y, x + w, y + h), place=place))
    for image_id, count in orphans.items():
        words = f"Picture {image_id!s:.60} is not in the archive; its boxes were not read."
        note(Remark(name, Odd.NO_PICTURE, words, boxes=count))
    if outlines:
        note(
            Remark(name, Odd.MASKS, f"{outlines} boxes have outlines; the boxes are read, outlines are not.")
        )


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _key(value: Any) -> Any:
    return value if isinstance(value, int | str) else None


class CocoWriter:
    """``images/`` and ``annotations.json``."""

    crops = False

    def __init__(self, out: Out, classes: Sequence[str]) -> None:
        self._out = out
        self._ids = ids(classes, first=1)
        self._images = scratch.small(_IN_MEMORY)
        self._annotations = scratch.small(_IN_MEMORY)
        self._pictures = self._cells = 0

    def add(self, picture: OutPicture, pixels: IO[bytes]) -> None:
        """Add a picture to the list, also one without any box, and its boxes."""
        self._out.picture(f"images/{picture.name}", pixels)
        self._pictures += 1
        image = {
            "id": self._pictures,
            "file_name": f"images/{picture.name}",
            "width": picture.width,
            "height": picture.height,
            "wbcweb_id": picture.id,
            "complete": picture.complete,
        }
        _append(self._images, image, first=self._pictures == 1)
        for cell in picture.cells:
            self._cells += 1
            _append(self._annotations, self._annotation(cell), first=self._cells == 1)

    def _annotation(self, cell: OutCell) -> dict[str, Any]:
        x0, y0, x1, y1 = cell.box
        return {
            "id": self._cells,
            "image_id": self._pictures,
            "category_id": self._ids[cell.name or UNCLASSIFIED],
            "bbox": [x0, y0, x1 - x0, y1 - y0],
            "area": (x1 - x0) * (y1 - y0),
            "iscrowd": 0,
            "wbcweb_id": cell.id,
            "source": cell.source,
        }

    def end(self, about: dict[str, Any]) -> None:
        """Write the one JSON file."""
        categories = [
            {"id": number, "name": name, "supercategory": "cell"} for name, number in self._ids.items()
        ]
        with scratch.small(_IN_MEMORY) as whole, self._images, self._annotations:
            head = json.dumps({"info": about, "categories": categories}, ensure_ascii=False)
            whole.write(head[:-1].encode() + b', "images": [')
            _join(whole, self._images)
            whole.write(b'], "annotations": [')
            _join(whole, self._annotations)
            whole.write(b"]}\n")
            whole.seek(0)
            self._out.long_text("annotations.json", whole)


def _append(stream: IO[bytes], value: dict[str, Any], *, first: bool) -> None:
    stream.write((b"\n" if first else b",\n") + json.dumps(value).encode())


def _join(whole: IO[bytes], part: IO[bytes]) -> None:
    part.seek(0)
    while data := part.read(1 << 20):
        whole.write(data)
