"""Take archives in: counted while they come, into a place of their own in the store."""

from __future__ import annotations

import shutil
import stat
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, Any, Final

from django.http import HttpRequest

from apps.core import disk, storage
from apps.core.errors import InvalidInput, TooLarge
from apps.core.storage import scratch
from apps.datasets import limits
from apps.slides.receiving import Received, Receiver

PREFIX: Final = "imports"
_ZIP: Final = b"PK\x03\x04"
_EMPTY_ZIP: Final = b"PK\x05\x06"


class ArchiveReceiver(Receiver):
    """Write each file of a request to the room for archives; the cap is that of an archive."""

    prefix = PREFIX

    def __init__(self, request: HttpRequest | None = None) -> None:
        super().__init__(request)
        self._cap = limits.archive_bytes()

    def too_large(self) -> str:
        """Return the sentence for a file above the cap."""
        return too_large_message()


def too_large_message() -> str:
    """Return the sentence for an archive above the cap."""
    return (
        f"The file is larger than the {limits.archive_bytes() // disk.MEBI} MB that an import may have. "
        "Divide it, or have the administrator import it with “manage.py import_annotations”."
    )


def is_archive(received: Received) -> bool:
    """Return whether a received file begins like a ZIP archive."""
    with storage.open_key(received.key) as stream:
        return stream.read(4) in {_ZIP, _EMPTY_ZIP}


def as_one_archive(received: Sequence[Received]) -> tuple[str, int]:
    """Return key and size of one archive: the one that was sent, or one made of the files that were.

    The caller removes the files; a new archive lies under a key of its own.

    Raises:
        InvalidInput: nothing was sent, or archives and files together.
        DiskFull: there is no room.
    """
    if not received:
        raise InvalidInput("Choose an archive, or pictures with their annotations.", code="files")
    archives = [one for one in received if is_archive(one)]
    if len(received) == 1 and archives:
        return received[0].key, received[0].size
    if archives:
        raise InvalidInput("Send one archive, or files without an archive among them.", code="files")

    def add(target: zipfile.ZipFile) -> None:
        for one in received:
            with storage.open_key(one.key) as source, target.open(one.filename, "w", force_zip64=True) as to:
                shutil.copyfileobj(source, to, 1 << 20)

    return _packed(add)


def pack_folder(folder: Path, *, tell: Callable[[str], Any]) -> tuple[str, int]:
    """Return key and size of an archive of all files below a folder; links are left out and told of.

    Raises:
        InvalidInput: it is no folder, or there is nothing in it.
        DiskFull: there is no room.
    """
    if not folder.is_dir():
        raise InvalidInput(f"{folder} is no folder.", code="folder")
    files = []
    for path in sorted(folder.rglob("*")):
        if path.is_symlink():
            tell(f"Left out, a link: {path.relative_to(folder)}")
        elif stat.S_ISREG(path.stat().st_mode):
            files.append(path)
    if not files:
        raise InvalidInput(f"There is no file in {folder}.", code="folder")
    disk.require_everywhere(2 * sum(path.stat().st_size for path in files))

    def add(target: zipfile.ZipFile) -> None:
        for path in files:
            with (
                path.open("rb") as source,
                target.open(_info(path.relative_to(folder).as_posix()), "w", force_zip64=True) as to,
            ):
                shutil.copyfileobj(source, to, 1 << 20)

    return _packed(add)


def _info(name: str) -> zipfile.ZipInfo:
    return zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))


def _packed(add: Callable[[zipfile.ZipFile], None]) -> tuple[str, int]:
    key = storage.new_key(PREFIX, ".zip")
    try:
        with scratch.nameless() as stream:
            with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as target:
                add(target)
            size = _length(stream)
            disk.require_everywhere(size)
            storage.save_stream(key, stream)
    except OSError as error:
        storage.delete_key(key)
        full = disk.refusal(error)
        if full is None:
            raise
        raise full from error
    return key, size


def _length(stream: IO[bytes]) -> int:
    return stream.seek(0, 2)


def refuse_by_length(request: HttpRequest) -> None:
    """Refuse a request whose announced length no allowed archive could have.

    Raises:
        TooLarge: when it is longer.
        DiskFull: when there is no room for it.
    """
    try:
        length = int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        length = 0
    if length > limits.archive_bytes() + 16 * disk.MEBI:
        raise TooLarge(too_large_message())
    disk.require_everywhere(length)
