"""The wbcweb bundle: everything that is known of a project's pictures and cells, to be read by another wbcweb.

``manifest.json`` names version, class list, models and the SHA-256 of every other file; ``slides.jsonl``,
``pictures.jsonl`` and ``cells.jsonl`` hold a JSON object a line; ``pictures/`` the lossless pixels. People are called
"person-1" and so on. Boxes are half-open, in pixels, floats as they are stored.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import IO, Any, Final

from apps.core.storage import scratch
from apps.datasets import limits
from apps.datasets.archive import Archive, BadMember
from apps.datasets.formats.numbers import finite
from apps.datasets.formats.out import Out
from apps.datasets.values import FormatProblem, Note, Odd, OutPicture, Picture, Remark, Shape

NAME: Final = "wbcweb-bundle"
VERSION: Final = 1
_MANIFEST: Final = "manifest.json"
_IN_MEMORY: Final = 8 << 20


def looks_like(archive: Archive) -> bool:
    """Return whether there is a manifest of ours."""
    try:
        _manifest(archive)
    except FormatProblem:
        return False
    return True


def read(archive: Archive, note: Note) -> Iterator[Picture]:
    """Yield every picture of a bundle with its cells.

    Raises:
        FormatProblem: it is no bundle, one of a later version, or a table was changed since it was made.
    """
    root, manifest = _manifest(archive)
    files = manifest.get("files")
    if not isinstance(files, dict):
        raise FormatProblem("The bundle's manifest lists no files.")
    slides = {str(one.get("id")): one for one in _table(archive, root, "slides.jsonl", files)}
    cells: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for one in _table(archive, root, "cells.jsonl", files):
        cells[str(one.get("picture"))].append(one)
    for one in _table(archive, root, "pictures.jsonl", files):
        inner = str(one.get("file", ""))
        own = cells.pop(str(one.get("id")), [])
        path = f"{root}{inner}"
        if path not in archive.members:
            note(Remark(path, Odd.NO_PICTURE, "The picture is not in the bundle.", boxes=len(own)))
            continue
        yield _picture(path, one, own, slides, files.get(inner), note)
    left = sum(len(own) for own in cells.values())
    if left:
        note(
            Remark("cells.jsonl", Odd.NO_PICTURE, "Cells of pictures that are not in the bundle.", boxes=left)
        )


def _picture(
    path: str,
    one: dict[str, Any],
    own: Sequence[dict[str, Any]],
    slides: dict[str, dict[str, Any]],
    sha256: Any,
    note: Note,
) -> Picture:
    shapes, unread = [], 0
    for cell in own:
        try:
            x0, y0, x1, y1 = (finite(value) for value in cell.get("box") or ())
        except (ValueError, TypeError):
            unread += 1
            note(Remark(path, Odd.UNREADABLE_BOX, "The box has no four numbers.", boxes=1))
            continue
        told: dict[str, Any] = {
            key: cell[key] for key in ("id", "source", "events", "suggestions", "provenance") if key in cell
        }
        name = str(cell.get("class") or "")[: limits.NAME_LENGTH]
        shapes.append(Shape(name, (x0, y0, x1, y1), place=str(cell.get("id", ""))[:40], more=told))
    more = {
        "sha256": str(sha256 or ""),
        "slide": slides.get(str(one.get("slide"))),
        "title": str(one.get("title") or "")[:255],
        "um_per_px": one.get("um_per_px"),
        "scale_source": one.get("scale_source"),
        "complete": one.get("complete") is True,
    }
    if one.get("crop"):
        shape = shapes[0] if shapes else None
        more["told"] = dict(shape.more) if shape else {}
        return Picture(path, label=shape.name if shape else "", more=more)
    size = (one.get("width"), one.get("height"))
    known = size if all(isinstance(side, int) and side > 0 for side in size) else None
    return Picture(path, tuple(shapes), size=known, unread=unread, more=more)  # type: ignore[arg-type] # two ints


def _manifest(archive: Archive) -> tuple[str, dict[str, Any]]:
    """Return the folder of a bundle and its manifest."""
    for name in archive.names(".json"):
        if name.rpartition("/")[2] != _MANIFEST:
            continue
        try:
            found = json.loads(archive.text(name))
        except (BadMember, ValueError, RecursionError):
            continue
        if isinstance(found, dict) and found.get("format") == NAME:
            if found.get("version") != VERSION:
                raise FormatProblem(
                    "The bundle was made by a later version of wbcweb. Update this site, then import it."
                )
            return name.removesuffix(_MANIFEST), found
    raise FormatProblem("The archive is no wbcweb bundle: it has no manifest.json of one.")


def _table(archive: Archive, root: str, name: str, files: dict[str, Any]) -> Iterator[dict[str, Any]]:
    path = f"{root}{name}"
    if path not in archive.members:
        raise FormatProblem(f"The bundle has no {name}.")
    try:
        data = archive.data(path, most=8 * limits.TEXT_BYTES)
    except BadMember as bad:
        raise FormatProblem(f"{name}: {bad.message}") from bad
    if hashlib.sha256(data).hexdigest() != files.get(name):
        raise FormatProblem(
            f"{name} is not what the bundle's manifest says it was. Take the bundle out again."
        )
    for line in data.splitlines():
        if not line.strip():
            continue
        try:
            one = json.loads(line)
        except (ValueError, RecursionError):
            raise FormatProblem(f"{name} has a line that is no JSON.") from None
        if isinstance(one, dict):
            yield one


class BundleWriter:
    """See the module."""

    crops = False

    def __init__(self, out: Out, classes: Sequence[str]) -> None:
        del classes  # the manifest takes the whole list
        self._out = out
        self._tables = {name: scratch.small(_IN_MEMORY) for name in ("slides", "pictures", "cells")}
        self._slides: set[str] = set()
        self._files: dict[str, str] = {}

    def add(self, picture: OutPicture, pixels: IO[bytes]) -> None:
        """Add a picture, its slide when that is new, and its cells."""
        file = f"pictures/{picture.name}"
        hashing = _Hashing(pixels)
        self._out.picture(file, hashing)  # type: ignore[arg-type] # read from its beginning to its end
        self._files[file] = hashing.digest.hexdigest()
        slide = picture.more.get("slide")
        if slide and slide["id"] not in self._slides:
            self._slides.add(slide["id"])
            self._line("slides", slide)
        self._line(
            "pictures",
            {
                "id": picture.id,
                "file": file,
                "slide": slide["id"] if slide else None,
                "crop": picture.crop,
                "width": picture.width,
                "height": picture.height,
                "um_per_px": picture.um_per_px,
                "scale_source": picture.more.get("scale_source", ""),
                "complete": picture.complete,
                "title": picture.more.get("title", ""),
            },
        )
        for cell in picture.cells:
            self._line(
                "cells",
                {
                    "id": cell.id,
                    "picture": picture.id,
                    "box": list(cell.box),
                    "class": cell.name or None,
                    "source": cell.source,
                    **cell.more,
                },
            )

    def _line(self, table: str, value: dict[str, Any]) -> None:
        self._tables[table].write(json.dumps(value, ensure_ascii=False).encode() + b"\n")

    def end(self, about: dict[str, Any]) -> None:
        """Write the tables and, last, the manifest."""
        for name, table in self._tables.items():
            with table:
                table.seek(0)
                hashing = _Hashing(table)
                self._out.long_text(f"{name}.jsonl", hashing)  # type: ignore[arg-type] # as above
            self._files[f"{name}.jsonl"] = hashing.digest.hexdigest()
        self._out.json(_MANIFEST, {"format": NAME, "version": VERSION, **about, "files": self._files})


class _Hashing:
    """A stream whose bytes are digested while somebody reads it."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        data = self._stream.read(size)
        self.digest.update(data)
        return data
