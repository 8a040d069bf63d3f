"""Where formats are written to: an archive whose members carry no time and no name of a machine."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Sequence
from typing import IO, Any, Final, Protocol

from apps.datasets.values import OutPicture

UNCLASSIFIED: Final = "unclassified"
"""The class, always the last, of boxes that nobody has classed."""

_MADE: Final = (1980, 1, 1, 0, 0, 0)  # the earliest that the format knows


class Out:
    """An archive that is being written."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._zip = zipfile.ZipFile(stream, "w", allowZip64=True)

    def text(self, name: str, text: str) -> None:
        """Add a file of text."""
        self._zip.writestr(_info(name, zipfile.ZIP_DEFLATED), text.encode())

    def json(self, name: str, value: Any) -> None:
        """Add a file of JSON."""
        self.text(name, json.dumps(value, ensure_ascii=False, indent=1) + "\n")

    def folder(self, name: str) -> None:
        """Add a folder, which may stay empty."""
        self._zip.writestr(_info(f"{name}/", zipfile.ZIP_STORED), b"")

    def picture(self, name: str, stream: IO[bytes]) -> None:
        """Add a file that is packed already, from the place where its stream stands."""
        with self._zip.open(_info(name, zipfile.ZIP_STORED), "w", force_zip64=True) as target:
            shutil.copyfileobj(stream, target, 1 << 20)

    def long_text(self, name: str, stream: IO[bytes]) -> None:
        """Add a long file of text from a stream."""
        with self._zip.open(_info(name, zipfile.ZIP_DEFLATED), "w", force_zip64=True) as target:
            shutil.copyfileobj(stream, target, 1 << 20)

    def close(self) -> None:
        """Write the table of contents."""
        self._zip.close()

    def abandon(self) -> None:
        """Let go of an archive that nobody will read: nothing more is written."""
        self._zip.fp = None


def _info(name: str, how: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, _MADE)
    info.compress_type = how
    info.external_attr = (0o40755 if name.endswith("/") else 0o100644) << 16
    return info


class Writer(Protocol):
    """One format as it is written; ``classes`` in the order of the class list, so that ids never move."""

    crops: bool  # whether it holds one picture for each cell instead of fields with boxes

    def __init__(self, out: Out, classes: Sequence[str]) -> None:
        """Begin."""

    def add(self, picture: OutPicture, pixels: IO[bytes]) -> None:
        """Add a picture with its cells; one without any stays in."""

    def end(self, about: dict[str, Any]) -> None:
        """Write what stands once; ``about`` tells of the whole export."""


def ids(classes: Sequence[str], *, first: int) -> dict[str, int]:
    """Return a number for each class, in the order of the list, and the last one for boxes without a class."""
    return {name: number for number, name in enumerate([*classes, UNCLASSIFIED], start=first)}
