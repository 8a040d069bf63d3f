"""Take the bytes of strangers' files, counted while they come, into the store's room for temporary files."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import HttpRequest

from apps.core import storage
from apps.core.errors import DomainError, InvalidInput, TooLarge, Unavailable
from apps.slides import limits

PREFIX = "uploads"
DISK_FULL = (
    "The server's disk is full, so the file could not be kept. "
    "Ask the administrator to free space, then try again."
)


@dataclass(frozen=True, slots=True)
class Received:
    """A file that lies whole in the temporary room; ``size`` in bytes."""

    filename: str
    key: str
    size: int


@dataclass(frozen=True, slots=True)
class Refused:
    """A file that was larger than allowed; nothing of it is kept. ``size`` is what had come by then."""

    filename: str
    size: int
    message: str


class StoredUpload(UploadedFile):
    """What ``request.FILES`` holds: the name and where the bytes are, no open file."""

    def __init__(self, received: Received, content_type: str | None) -> None:
        super().__init__(file=None, name=received.filename, content_type=content_type, size=received.size)
        self.received = received

    def close(self) -> None:
        """Do nothing: there is no open file."""


class Receiver(FileUploadHandler):
    """Write each file of a multipart request to the temporary room; stop at the byte cap and skip the rest of it.

    One file that is too large does not spoil the others. What nobody claims is removed by ``receiving``.
    """

    def __init__(self, request: HttpRequest | None = None) -> None:
        super().__init__(request)
        self.received: list[Received] = []
        self.refused: list[Refused] = []
        self._stream: IO[bytes] | None = None
        self._key = ""
        self._name = ""
        self._size = 0
        self._cap = limits.max_bytes()

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Open the place for the next file."""
        super().new_file(*args, **kwargs)
        self._name = clean_filename(self.file_name or "")
        self._size = 0
        with _sentence_for_full_disk():
            self._key, self._stream = _open_new()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        """Write a piece; ``None`` tells Django that nobody after us needs it.

        Raises:
            SkipFile: when the file has grown above the cap.
            Unavailable: when the disk is full.
        """
        del start
        self._size += len(raw_data)
        if self._size > self._cap:
            self._drop()
            self.refused.append(Refused(self._name, self._size, too_large_message()))
            raise SkipFile
        if self._stream is not None:
            try:
                with _sentence_for_full_disk():
                    self._stream.write(raw_data)
            except DomainError:
                self._drop()
                raise
        return None

    def file_complete(self, file_size: int) -> StoredUpload | None:
        """Close the file and hand it on."""
        del file_size
        if self._stream is None:
            return None
        try:
            with _sentence_for_full_disk():
                self._stream.close()
        except DomainError:
            self._drop()
            raise
        self._stream = None
        received = Received(self._name, self._key, self._size)
        self.received.append(received)
        return StoredUpload(received, self.content_type)

    def upload_interrupted(self) -> None:
        """Remove the part of a file whose sender went away."""
        self._drop()

    def _drop(self) -> None:
        if self._stream is not None:
            self._stream.close()
            self._stream = None
            storage.delete_key(self._key)

    def discard(self, *, but: set[str]) -> None:
        """Remove every received file whose key is not among ``but``, and the unfinished one."""
        self._drop()
        for received in self.received:
            if received.key not in but:
                storage.delete_key(received.key)


@contextmanager
def kept_only(receiver: Receiver) -> Iterator[Callable[[Received], None]]:
    """Yield a function that keeps a received file; all others are removed at the end, whatever happens."""
    kept: set[str] = set()

    def keep(received: Received) -> None:
        kept.add(received.key)

    try:
        yield keep
    finally:
        receiver.discard(but=kept)


def receive_path(path: Path) -> Received:
    """Copy a local file into the temporary room; for the command line.

    Raises:
        InvalidInput: when it cannot be read.
        TooLarge: when it is above the cap.
        Unavailable: when the disk is full.
    """
    name = clean_filename(path.name)
    try:
        size = path.stat().st_size
        source = path.open("rb")
    except OSError as error:
        raise InvalidInput(f"{path.name} cannot be opened: {error.strerror}.") from error
    with source:
        if size > limits.max_bytes():
            raise TooLarge(too_large_message())
        return _keep(name, lambda target: shutil.copyfileobj(source, target, 1 << 20))


def receive_bytes(filename: str, data: bytes) -> Received:
    """Put bytes into the temporary room as if they had been uploaded; for pictures made by the site itself.

    Raises:
        TooLarge: when they are above the cap.
        Unavailable: when the disk is full.
    """
    if len(data) > limits.max_bytes():
        raise TooLarge(too_large_message())
    return _keep(clean_filename(filename), lambda target: target.write(data))


def too_large_message() -> str:
    """Return the sentence for a file above the cap."""
    return (
        f"The file is larger than the {limits.max_bytes() // limits.MEBI} MB that one file may have. "
        "Export a smaller field or save it as JPEG or PNG."
    )


def clean_filename(name: str) -> str:
    """Return a name for people: no folders, no control characters, at most 255 characters, never empty."""
    name = name.replace("\\", "/").rsplit("/", 1)[-1]
    name = "".join(character for character in name if character.isprintable()).strip()
    if len(name) > 255:
        stem, dot, suffix = name.rpartition(".")
        name = f"{stem[: 254 - len(suffix)]}{dot}{suffix}" if dot and len(suffix) < 16 else name[:255]
    return name or "unnamed"


def _open_new() -> tuple[str, IO[bytes]]:
    key = storage.new_key(PREFIX, "")
    path = storage.path_of(key)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    return key, os.fdopen(descriptor, "wb")


def _keep(name: str, write: Callable[[IO[bytes]], object]) -> Received:
    with _sentence_for_full_disk():
        key, target = _open_new()
        try:
            with target:
                write(target)
                size = target.tell()
        except BaseException:
            storage.delete_key(key)
            raise
    return Received(name, key, size)


@contextmanager
def _sentence_for_full_disk() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise Unavailable(DISK_FULL, code="disk-full") from error
        raise
