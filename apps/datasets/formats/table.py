"""CSV: a row for each box, in pixels, half-open, origin top-left; the columns are told by their names.

A row without a box stands for a picture without any. A table that names pictures and classes and no boxes at all says
what single-cell pictures show.
"""

from __future__ import annotations

import csv
import io
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import IO, Any

from apps.core.csv import lines
from apps.core.storage import scratch
from apps.datasets import limits
from apps.datasets.archive import Archive, BadMember
from apps.datasets.formats.matching import Pictures
from apps.datasets.formats.numbers import finite
from apps.datasets.formats.out import Out
from apps.datasets.values import FormatProblem, Note, Odd, OutPicture, Picture, Remark, Shape
from ml.contracts import Box

_PICTURE = ("picture", "image", "filename", "file_name", "file", "image_path", "path", "image_id")
_CLASS = ("class", "label", "category", "name", "class_name", "cell_type")
_CORNERS = (("x0", "y0", "x1", "y1"), ("xmin", "ymin", "xmax", "ymax"), ("x_min", "y_min", "x_max", "y_max"))
_SIDES = (("x", "y", "w", "h"), ("x", "y", "width", "height"))
_IN_MEMORY = 8 << 20
HEADER = (
    "picture",
    "slide",
    "width_px",
    "height_px",
    "um_per_px",
    "complete",
    "cell",
    "x0_px",
    "y0_px",
    "x1_px",
    "y1_px",
    "class",
    "source",
)


@dataclass(frozen=True, slots=True)
class _Columns:
    picture: str
    name: str
    box: tuple[str, ...]
    corners: bool


def looks_like(archive: Archive) -> bool:
    """Return whether there is a CSV file with columns that we know, and with boxes."""
    for name in archive.names(".csv")[:10]:
        try:
            found = _columns(next(csv.reader(io.StringIO(archive.text(name))), []))
        except (BadMember, csv.Error):
            continue
        if found is not None and found.box:
            return True
    return False


def read(archive: Archive, note: Note) -> Iterator[Picture]:
    """Yield every picture of the archive with the boxes, or the class, that the tables give it.

    Raises:
        FormatProblem: no table has the columns that are needed.
    """
    paths = archive.pictures()
    taken = _Taken(Pictures(paths), note)
    tables = [name for name in archive.names(".csv") if taken.table(archive, name)]
    if not tables:
        raise FormatProblem(
            "The archive holds no CSV file with the columns picture, x0, y0, x1, y1 and class (or picture and class)."
        )
    taken.tell_orphans(tables[0])
    for path in paths:
        label = taken.labels.get(path) if not taken.with_boxes else None
        if label is None and not taken.with_boxes:
            label = ""
        yield Picture(path, tuple(taken.shapes[path]), label=label, unread=taken.unread[path])


class _Taken:
    """What the tables of an archive say."""

    def __init__(self, pictures: Pictures, note: Note) -> None:
        self._pictures = pictures
        self._note = note
        self.shapes: defaultdict[str, list[Shape]] = defaultdict(list)
        self.labels: dict[str, str] = {}
        self.unread: Counter[str] = Counter()
        self.with_boxes = False
        self._orphans: Counter[str] = Counter()

    def table(self, archive: Archive, name: str) -> bool:
        """Take the rows of a table; return whether it is one of ours."""
        try:
            rows = csv.reader(io.StringIO(archive.text(name)), strict=True)
            columns = _columns(next(rows, []))
            if columns is None:
                return False
            rows = csv.reader(io.StringIO(archive.text(name)), strict=True)
            header = [_bare(cell) for cell in next(rows)]
            for number, row in enumerate(rows, start=2):
                if row:
                    self._row(dict(zip(header, row, strict=False)), columns, name, f"line {number}")
        except BadMember as bad:
            self._note(Remark(name, bad.odd, bad.message))
            return False
        except csv.Error as error:
            self._note(Remark(name, Odd.UNREADABLE_FILE, f"The table cannot be read: {error}."))
            return False
        return True

    def _row(self, row: dict[str, str], columns: _Columns, name: str, place: str) -> None:
        written = row.get(columns.picture, "").strip()
        box = [row.get(part, "").strip() for part in columns.box]
        label = row.get(columns.name, "").strip()[: limits.NAME_LENGTH]
        path = self._pictures.named(written, near=name) if written else None
        if path is None:
            self._orphans[written[:200]] += bool(any(box)) or not columns.box
            return
        if not columns.box:
            self.labels[path] = label
            return
        self.with_boxes = True
        if not any(box):
            return
        try:
            a, b, c, d = (finite(part) for part in box)
        except ValueError:
            self.unread[path] += 1
            self._note(Remark(name, Odd.UNREADABLE_BOX, "The box has no four numbers.", boxes=1, place=place))
            return
        found: Box = (a, b, c, d) if columns.corners else (a, b, a + c, b + d)
        self.shapes[path].append(Shape(label, found, place=f"{name}, {place}"))

    def tell_orphans(self, name: str) -> None:
        """Put on the receipt what is not in the archive."""
        for picture, count in self._orphans.items():
            words = f"Picture “{picture}” is not in the archive."
            self._note(Remark(name, Odd.NO_PICTURE, words, boxes=count))


def _bare(name: str) -> str:
    return name.strip().lower().removesuffix("_px").removesuffix(" (px)")


def _columns(header: Sequence[str]) -> _Columns | None:
    names = [_bare(cell) for cell in header]
    picture = next((name for name in _PICTURE if name in names), None)
    label = next((name for name in _CLASS if name in names), None)
    if picture is None or label is None:
        return None
    for corners, choices in ((True, _CORNERS), (False, _SIDES)):
        for box in choices:
            if all(part in names for part in box):
                return _Columns(picture, label, box, corners)
    return _Columns(picture, label, (), corners=True)


class TableWriter:
    """``images/`` and ``annotations.csv``; a picture without a box has one row without numbers."""

    crops = False

    def __init__(self, out: Out, classes: Sequence[str]) -> None:
        self._out = out
        self._classes = classes
        self._rows = scratch.small(_IN_MEMORY)
        self._begun = False

    def add(self, picture: OutPicture, pixels: IO[bytes]) -> None:
        """Add a picture and its rows."""
        self._out.picture(f"images/{picture.name}", pixels)
        about = (
            f"images/{picture.name}",
            picture.slide,
            picture.width,
            picture.height,
            picture.um_per_px,
            picture.complete,
        )
        rows: list[tuple[Any, ...]] = [
            (*about, cell.id, *cell.box, cell.name, cell.source) for cell in picture.cells
        ]
        written = lines(header=HEADER, rows=rows or [(*about, *([None] * 7))])
        for number, line in enumerate(written):
            if number or not self._begun:
                self._rows.write(line.encode())
        self._begun = True

    def end(self, about: dict[str, Any]) -> None:
        """Write the table."""
        with self._rows as rows:
            if not self._begun:
                rows.write("".join(lines(header=HEADER, rows=[])).encode())
            rows.seek(0)
            self._out.long_text("annotations.csv", rows)
        self._out.text("classes.txt", "".join(f"{name}\n" for name in self._classes))
        self._out.json("about.json", about)
