"""Take the bytes of strangers' files, counted while they come, into the store's room for temporary files."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import HttpRequest

from apps.core import disk, storage
from apps.core.errors import DomainError, InvalidInput, TooLarge
from apps.slides import limits

PREFIX = "uploads"


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

    prefix = PREFIX

    def __init__(self, request: HttpRequest | None = None) -> None:
        super().__init__(request)
        self.received: list[Received] = []
        self.refused: list[Refused] = []
        self._coming: storage.Incoming | None = None
        self._name = ""
        self._size = 0
        self._cap = limits.max_bytes()

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Open the place for the next file."""
        super().new_file(*args, **kwargs)
        self._name = clean_filename(self.file_name or "")
        self._size = 0
        with _sentence_for_full_disk():
            self._coming = _begin(self.prefix)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        """Write a piece; ``None`` tells Django that nobody after us needs it.

        Raises:
            SkipFile: when the file has grown above the cap.
            DiskFull: when there is no room.
        """
        del start
        self._size += len(raw_data)
        if self._size > self._cap:
            self._drop()
            self.refused.append(Refused(self._name, self._size, self.too_large()))
            raise SkipFile
        if self._coming is not None:
            try:
                with _sentence_for_full_disk():
                    self._coming.write(raw_data)
            except DomainError:
                self._drop()
                raise
        return None

    def file_complete(self, file_size: int) -> StoredUpload | None:
        """Store the file whole and hand it on."""
        del file_size
        if self._coming is None:
            return None
        try:
            with _sentence_for_full_disk():
                self._coming.finish()
        except DomainError:
            self._drop()
            raise
        received = Received(self._name, self._coming.key, self._size)
        self._coming = None
        self.received.append(received)
        return StoredUpload(received, self.content_type)

    def too_large(self) -> str:
        """Return the sentence for a file above the cap."""
        return too_large_message()

    def upload_interrupted(self) -> None:
        """Remove the part of a file whose sender went away."""
        self._drop()

    def _drop(self) -> None:
        if self._coming is not None:
            self._coming.drop()
            self._coming = None

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
        DiskFull: when there is no room.
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
        DiskFull: when there is no room.
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


class _Target(Protocol):
    def write(self, data: bytes, /) -> object:
        """Add bytes."""


class _Counted:
    """Count what is written to a file that comes; no file may grow above the cap while it is read."""

    def __init__(self, coming: storage.Incoming) -> None:
        self._coming = coming
        self.size = 0

    def write(self, data: bytes, /) -> None:
        self.size += len(data)
        if self.size > limits.max_bytes():
            raise TooLarge(too_large_message())
        self._coming.write(data)


def _begin(prefix: str = PREFIX) -> storage.Incoming:
    return storage.receive(storage.new_key(prefix, ""))


def _keep(name: str, write: Callable[[_Target], object]) -> Received:
    with _sentence_for_full_disk():
        coming = _begin()
        target = _Counted(coming)
        try:
            write(target)
            coming.finish()
        except BaseException:
            coming.drop()
            raise
    return Received(name, coming.key, target.size)


@contextmanager
def _sentence_for_full_disk() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        refused = disk.refusal(error)
        if refused is None:
            raise
        raise refused from error
