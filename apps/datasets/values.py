"""What every format is read into and written from: pictures with boxes, in one convention.

A box is (x0, y0, x1, y1) in pixels of the picture, floats, half-open, origin at the top-left corner of the top-left
pixel: the pixel in column c covers [c, c + 1). The page docs/formats.md says how each format writes the same box.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from ml.contracts import Box


class Odd(StrEnum):
    """What can be odd about an archive; the values are words of the receipt's table."""

    UNREADABLE_PICTURE = "unreadable picture"
    UNREADABLE_FILE = "unreadable file"
    NO_PICTURE = "no picture"
    UNREADABLE_BOX = "unreadable box"
    OUTSIDE = "box outside the picture"
    CUT = "box cut at the border"
    EMPTY_BOX = "box of no size"
    DUPLICATE = "duplicate picture"
    SIZE = "another size"
    MASKS = "masks not read"
    NOT_READ = "file not read"
    UNSAFE_NAME = "unsafe name"
    LINK = "link"
    ENCRYPTED = "encrypted file"
    TOO_LARGE = "too large"
    ALTERED = "checksum differs"
    NOT_TAKEN = "not taken over"
    THERE = "cell there already"
    LABEL_TAKEN = "label given to a cell that had none"


@dataclass(frozen=True, slots=True)
class Remark:
    """A line of the receipt: where, what, a sentence, and how many boxes it keeps out of the import."""

    path: str
    odd: Odd
    message: str
    boxes: int = 0
    place: str = ""


Note = Callable[[Remark], None]


@dataclass(frozen=True, slots=True)
class Shape:
    """One box of a file. ``name`` is the class as the file calls it, "" when it calls it nothing.

    ``relative`` boxes are in parts of the picture's width and height, 0 to 1. ``more`` is what only a bundle knows.
    """

    name: str
    box: Box
    relative: bool = False
    place: str = ""
    more: Mapping[str, Any] = field(default_factory=dict)

    def in_pixels(self, width: int, height: int) -> Box:
        """Return the box in pixels of a picture of this size."""
        if not self.relative:
            return self.box
        x0, y0, x1, y1 = self.box
        return (x0 * width, y0 * height, x1 * width, y1 * height)

    def as_json(self) -> list[Any]:
        """Return the shape as it is kept in a row until it is stored."""
        return [self.name, list(self.box), self.relative, self.place, dict(self.more)]

    @classmethod
    def from_json(cls, data: list[Any]) -> Shape:
        """Return the shape that a row keeps."""
        name, box, relative, place, more = data
        return cls(name, (box[0], box[1], box[2], box[3]), relative, place, more)


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture of an archive with what is said about it.

    ``label`` is the class of a picture that is one cell, None for a field with boxes; ``size`` (width, height) as the
    file of annotations claims it; ``unread`` counts boxes that could not be read; ``more`` is a bundle's.
    """

    path: str
    shapes: tuple[Shape, ...] = ()
    label: str | None = None
    size: tuple[int, int] | None = None
    unread: int = 0
    more: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OutCell:
    """A cell to be written: its box, its class ("" for none), who said so, and its public id.

    ``source`` is "label" (a person of this site), "imported" (a label that came with an import), "suggestion" (a
    model) or "" (nobody has classed it).
    """

    id: str
    box: Box
    name: str
    source: str
    more: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OutPicture:
    """A picture to be written; ``name`` without folders, with its suffix. ``field`` is empty for a crop."""

    id: str
    name: str
    width: int
    height: int
    cells: tuple[OutCell, ...]
    slide: str = ""
    um_per_px: float | None = None
    complete: bool = False
    crop: bool = False
    more: Mapping[str, Any] = field(default_factory=dict)


class FormatProblem(Exception):  # noqa: N818 - read at the place that raises it
    """The archive as a whole cannot be read; the message is for the person."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message
