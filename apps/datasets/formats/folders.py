"""A folder for each class with pictures of single cells in it; the folder that holds a picture is its class."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from typing import IO, Any

from apps.datasets.archive import Archive, is_mask
from apps.datasets.formats.out import UNCLASSIFIED, Out
from apps.datasets.values import FormatProblem, Note, Odd, OutPicture, Picture, Remark


def looks_like(archive: Archive) -> bool:
    """Return whether pictures lie in folders."""
    return any("/" in name for name in archive.pictures())


def read(archive: Archive, note: Note) -> Iterator[Picture]:
    """Yield every picture as one cell of the class that its folder names.

    Raises:
        FormatProblem: there is no picture at all.
    """
    paths = archive.pictures()
    if not paths:
        raise FormatProblem("The archive holds no pictures.")
    known = set(paths)
    others = [
        name
        for name in archive.members
        if name not in known and not is_mask(name) and not name.endswith((".txt", ".json"))
    ]
    if others:
        shown = f"{others[0]}{' and others' if len(others) > 1 else ''}"
        note(Remark(shown, Odd.NOT_READ, f"{len(others)} files are no pictures and were not read."))
    for path in paths:
        folder = PurePosixPath(path).parent.name
        yield Picture(path, label=folder)


class FolderWriter:
    """A folder for each class of the list, also for one without any cell; a picture for each cell."""

    crops = True

    def __init__(self, out: Out, classes: Sequence[str]) -> None:
        self._out = out
        self._classes = classes
        for name in [*classes, UNCLASSIFIED]:
            out.folder(name)

    def add(self, picture: OutPicture, pixels: IO[bytes]) -> None:
        """Add the picture of one cell."""
        self._out.picture(f"{picture.cells[0].name or UNCLASSIFIED}/{picture.name}", pixels)

    def end(self, about: dict[str, Any]) -> None:
        """Add the order of the classes, which folders do not keep."""
        self._out.text("classes.txt", "".join(f"{name}\n" for name in [*self._classes, UNCLASSIFIED]))
        self._out.json("about.json", about)
