"""Pascal VOC: one XML file for each picture.

VOC counts pixels from 1 and its box includes the last one, so (xmin, ymin, xmax, ymax) is our (xmin - 1, ymin - 1,
xmax, ymax). Boxes are written in whole pixels: a border is rounded to the nearest one, and no box loses its last pixel.
Source: The PASCAL Visual Object Classes Challenge 2012 Development Kit, section 11 ("the top-left pixel ... (1, 1)").
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from html import escape
from pathlib import PurePosixPath
from typing import IO, Any
from xml.parsers import expat

from apps.datasets.archive import Archive, BadMember
from apps.datasets.formats.matching import Pictures
from apps.datasets.formats.numbers import finite
from apps.datasets.formats.out import UNCLASSIFIED, Out
from apps.datasets.values import Note, Odd, OutPicture, Picture, Remark, Shape
from ml.contracts import Box

_DEEPEST = 20
_MOST = 16 << 20


def looks_like(archive: Archive) -> bool:
    """Return whether there are pictures and XML files of the same names."""
    pictures = Pictures(archive.pictures())
    return any(pictures.beside(name) for name in archive.names(".xml")[:50])


def read(archive: Archive, note: Note) -> Iterator[Picture]:
    """Yield every picture of the archive; one without a file of annotations has no boxes."""
    paths = archive.pictures()
    pictures = Pictures(paths)
    told: dict[str, str] = {}
    for name in archive.names(".xml"):
        try:
            root = parse(archive.data(name, most=_MOST))
        except BadMember as bad:
            note(Remark(name, bad.odd, bad.message))
            continue
        if root.tag != "annotation":
            note(Remark(name, Odd.NOT_READ, "This is no VOC annotation."))
            continue
        path = pictures.beside(name) or pictures.named(root.text("filename"))
        boxes = len(root.all("object"))
        if path is None or path in told:
            why = (
                "belongs to a picture that is annotated already" if path else "has no picture in the archive"
            )
            note(Remark(name, Odd.NO_PICTURE, f"The file {why}; its boxes were not read.", boxes=boxes))
            continue
        told[path] = name
        yield _picture(path, name, root, note)
    for path in paths:
        if path not in told:
            yield Picture(path)


def _picture(path: str, name: str, root: Element, note: Note) -> Picture:
    shapes, unread = [], 0
    for number, element in enumerate(root.all("object"), start=1):
        place = f"object {number}"
        try:
            shapes.append(Shape(element.text("name").strip(), _box(element), place=place))
        except ValueError:
            unread += 1
            note(Remark(name, Odd.UNREADABLE_BOX, "The box has no four numbers.", boxes=1, place=place))
    return Picture(path, tuple(shapes), size=_size(root), unread=unread)


def _box(element: Element) -> Box:
    x0, y0, x1, y1 = (finite(element.text(f"bndbox/{part}")) for part in ("xmin", "ymin", "xmax", "ymax"))
    return (x0 - 1.0, y0 - 1.0, x1, y1)


def _size(root: Element) -> tuple[int, int] | None:
    try:
        width, height = int(root.text("size/width")), int(root.text("size/height"))
    except ValueError:
        return None
    return (width, height) if width > 0 and height > 0 else None


class Element:
    """As much of an XML element as annotations need."""

    def __init__(self, tag: str) -> None:
        self.tag = tag
        self.words: list[str] = []
        self.children: list[Element] = []

    def all(self, tag: str) -> list[Element]:
        """Return the children of this name."""
        return [child for child in self.children if child.tag == tag]

    def text(self, path: str) -> str:
        """Return the text at a path such as "size/width", "" when there is none."""
        found: Element | None = self
        for tag in path.split("/"):
            found = next((child for child in found.children if child.tag == tag), None) if found else None
        return "".join(found.words) if found else ""


def parse(data: bytes) -> Element:
    """Return the root of an XML file; a document type, with which entities begin, is refused.

    Raises:
        BadMember: it is no XML, or one that is made to hurt.
    """
    stack = [Element("")]

    def begin(tag: str, _attributes: dict[str, str]) -> None:
        if len(stack) > _DEEPEST:
            raise BadMember(Odd.UNREADABLE_FILE, "The XML is nested too deeply.")
        element = Element(tag)
        stack[-1].children.append(element)
        stack.append(element)

    def end(_tag: str) -> None:
        stack.pop()

    def words(text: str) -> None:
        stack[-1].words.append(text)

    def refuse(*_: Any) -> None:
        raise BadMember(
            Odd.UNREADABLE_FILE, "The XML has a document type, which is not read. Remove that line."
        )

    parser = expat.ParserCreate()
    parser.StartElementHandler = begin
    parser.EndElementHandler = end
    parser.CharacterDataHandler = words
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(data, True)  # noqa: FBT003 - expat takes no keywords
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise BadMember(Odd.UNREADABLE_FILE, "The file is not XML that can be read.") from error
    return stack[0].children[0]


class VocWriter:
    """``JPEGImages/``, ``Annotations/``, ``ImageSets/Main/all.txt`` and ``classes.txt``."""

    crops = False

    def __init__(self, out: Out, classes: Sequence[str]) -> None:
        self._out = out
        self._classes = classes
        self._stems: list[str] = []

    def add(self, picture: OutPicture, pixels: IO[bytes]) -> None:
        """Add a picture and its file of annotations, also without any box."""
        stem = PurePosixPath(picture.name).stem
        self._stems.append(stem)
        self._out.picture(f"JPEGImages/{picture.name}", pixels)
        objects = "".join(
            f"  <object>\n    <name>{escape(cell.name or UNCLASSIFIED, quote=False)}</name>\n"
            "    <difficult>0</difficult>\n"
            f"    <bndbox>{_written(cell.box)}</bndbox>\n  </object>\n"
            for cell in picture.cells
        )
        self._out.text(
            f"Annotations/{stem}.xml",
            "<annotation>\n  <folder>JPEGImages</folder>\n"
            f"  <filename>{escape(picture.name, quote=False)}</filename>\n"
            f"  <size><width>{picture.width}</width><height>{picture.height}</height><depth>3</depth></size>\n"
            f"  <segmented>0</segmented>\n{objects}</annotation>\n",
        )

    def end(self, about: dict[str, Any]) -> None:
        """Add the lists of pictures and classes."""
        self._out.text("ImageSets/Main/all.txt", "".join(f"{stem}\n" for stem in self._stems))
        self._out.text("classes.txt", "".join(f"{name}\n" for name in [*self._classes, UNCLASSIFIED]))
        self._out.json("about.json", about)


def _written(box: Box) -> str:
    x0, y0 = math.floor(box[0] + 0.5), math.floor(box[1] + 0.5)
    x1, y1 = max(x0 + 1, math.floor(box[2] + 0.5)), max(y0 + 1, math.floor(box[3] + 0.5))
    return f"<xmin>{x0 + 1}</xmin><ymin>{y0 + 1}</ymin><xmax>{x1}</xmax><ymax>{y1}</ymax>"
