"""YOLO: one text file for each picture, a line "class centre-x centre-y width height" for each box.

The four numbers are parts of the picture's width and height, 0 to 1. What the class numbers mean stands in
``data.yaml``, ``classes.txt`` or ``obj.names``; without one of them a class is called by its number.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from typing import IO, Any

import yaml

from apps.datasets import limits
from apps.datasets.archive import Archive, BadMember
from apps.datasets.formats.matching import Pictures
from apps.datasets.formats.numbers import finite
from apps.datasets.formats.out import UNCLASSIFIED, Out, ids
from apps.datasets.values import Note, Odd, OutPicture, Picture, Remark, Shape

_LISTS = ("classes.txt", "obj.names", "classes.names", "predefined_classes.txt", "labels.txt")
_LIST_BYTES = 256 << 10


def looks_like(archive: Archive) -> bool:
    """Return whether there is a ``data.yaml``, or files of boxes beside pictures."""
    settings = any(name.endswith((".yaml", ".yml")) for name in _named_lists(archive))
    return settings or _boxes_of(archive, Pictures(archive.pictures()))


def read(archive: Archive, note: Note) -> Iterator[Picture]:
    """Yield every picture of the archive; one without a file of boxes, or with an empty one, has none."""
    paths = archive.pictures()
    pictures = Pictures(paths)
    names = _names(archive, note)
    told: set[str] = set()
    for name in _text_files(archive):
        path = pictures.beside(name)
        try:
            lines = [line for line in archive.text(name).splitlines() if line.strip()]
        except BadMember as bad:
            note(Remark(name, bad.odd, bad.message))
            continue
        if path is None or path in told:
            if _is_boxes(lines):
                note(
                    Remark(
                        name,
                        Odd.NO_PICTURE,
                        "The file has no picture in the archive; its boxes were not read.",
                        boxes=len(lines),
                    )
                )
            continue
        told.add(path)
        shapes = []
        for number, line in enumerate(lines, start=1):
            try:
                shapes.append(_shape(line, names, f"line {number}"))
            except ValueError as why:
                note(Remark(name, Odd.UNREADABLE_BOX, str(why), boxes=1, place=f"line {number}"))
        yield Picture(path, tuple(shapes), unread=len(lines) - len(shapes))
    for path in paths:
        if path not in told:
            yield Picture(path)


def _shape(line: str, names: Sequence[str], place: str) -> Shape:
    parts = line.split()
    if len(parts) > 6 and len(parts) % 2:
        raise ValueError("The line is an outline, not a box.")
    if len(parts) not in {5, 6}:  # a sixth number is how sure a model was
        raise ValueError("The line has not five numbers.")
    try:
        number = int(parts[0])
        x, y, w, h = (finite(part) for part in parts[1:5])
    except ValueError:
        raise ValueError("The line has not five numbers.") from None
    if number < 0:
        raise ValueError("The class has a number below zero.")
    name = names[number] if number < len(names) else f"class {number}"
    return Shape(name, (x - w / 2, y - h / 2, x + w / 2, y + h / 2), relative=True, place=place)


def _text_files(archive: Archive) -> list[str]:
    lists = {*_LISTS, "readme.txt", "train.txt", "val.txt", "test.txt", "all.txt", "license.txt"}
    return [name for name in archive.names(".txt") if PurePosixPath(name).name.lower() not in lists]


def _boxes_of(archive: Archive, pictures: Pictures) -> bool:
    for name in _text_files(archive)[:20]:
        try:
            lines = archive.text(name, most=_LIST_BYTES).splitlines()[:5]
        except BadMember:
            continue
        if pictures.beside(name) and lines and _is_boxes(lines):
            return True
    return False


def _is_boxes(lines: Sequence[str]) -> bool:
    try:
        for line in lines:
            _shape(line, (), "")
    except ValueError:
        return False
    return True


def _named_lists(archive: Archive) -> list[str]:
    known = [name for name in archive.members if PurePosixPath(name).name.lower() in _LISTS]
    return [
        name for name in archive.names(".yaml", ".yml") if "data" in PurePosixPath(name).stem.lower()
    ] + known


def _names(archive: Archive, note: Note) -> list[str]:
    for name in _named_lists(archive):
        try:
            text = archive.text(name, most=_LIST_BYTES)
            found = _from_yaml(text) if name.endswith((".yaml", ".yml")) else _from_lines(text)
        except (BadMember, yaml.YAMLError, ValueError, RecursionError) as bad:
            message = bad.message if isinstance(bad, BadMember) else "The list of classes cannot be read."
            note(Remark(name, Odd.UNREADABLE_FILE, message))
            continue
        if found:
            return [str(one)[: limits.NAME_LENGTH].strip() for one in found[: limits.CLASSES]]
    return []


def _from_lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _from_yaml(text: str) -> list[Any]:
    """Return the names of a ``data.yaml``: a list, or numbers with names."""
    data = yaml.safe_load(text)
    names = data.get("names") if isinstance(data, dict) else None
    if isinstance(names, dict):
        numbers = sorted(key for key in names if isinstance(key, int) and 0 <= key < limits.CLASSES)
        return [names.get(number, f"class {number}") for number in range(max(numbers, default=-1) + 1)]
    return names if isinstance(names, list) else []


class YoloWriter:
    """``images/``, ``labels/``, ``data.yaml`` and ``classes.txt``."""

    crops = False

    def __init__(self, out: Out, classes: Sequence[str]) -> None:
        self._out = out
        self._ids = ids(classes, first=0)

    def add(self, picture: OutPicture, pixels: IO[bytes]) -> None:
        """Add a picture and its file of boxes, which may be empty."""
        self._out.picture(f"images/{picture.name}", pixels)
        lines = []
        for cell in picture.cells:
            x0, y0, x1, y1 = cell.box
            parts = (
                (x0 + x1) / 2 / picture.width,
                (y0 + y1) / 2 / picture.height,
                (x1 - x0) / picture.width,
                (y1 - y0) / picture.height,
            )
            number = self._ids[cell.name or UNCLASSIFIED]
            lines.append(" ".join([str(number), *(repr(part) for part in parts)]))
        self._out.text(
            f"labels/{PurePosixPath(picture.name).stem}.txt", "".join(f"{line}\n" for line in lines)
        )

    def end(self, about: dict[str, Any]) -> None:
        """Add what the numbers mean."""
        names = "".join(f"  {number}: {json.dumps(name)}\n" for name, number in self._ids.items())
        self._out.text(
            "data.yaml", f"path: .\ntrain: images\nval: images\nnc: {len(self._ids)}\nnames:\n{names}"
        )
        self._out.text("classes.txt", "".join(f"{name}\n" for name in self._ids))
        self._out.json("about.json", about)
