"""What a store of files can do, whatever keeps them."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Protocol

from apps.core.errors import Unavailable

AWAY = (
    "The file store does not answer, so files can be neither read nor kept at the moment. Try again in a minute; "
    "when it lasts, tell the administrator."
)


class StoreAway(Unavailable):
    """The store does not answer, or refuses us.

    Args:
        why: What went wrong, for the log and the administrator; people see a sentence without it.
        refusal: The store's own word for its refusal, if it gave one.
    """

    default_code = "store-away"

    def __init__(self, why: str, *, refusal: str = "") -> None:
        super().__init__(AWAY)
        self.why = why
        self.refusal = refusal


@dataclass(frozen=True, slots=True)
class Entry:
    """A stored file: its size in bytes and when it was written."""

    key: str
    size: int
    modified: datetime


class Readable(Protocol):
    """What can be read once, from its beginning to its end."""

    def read(self, size: int = -1, /) -> bytes:
        """Return at most so many further bytes, none at the end."""

    def close(self) -> None:
        """Let go of it."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A stored file open for sending it on, and its size in bytes."""

    stream: Readable
    size: int


class Incoming(Protocol):
    """A file that is being received. Nobody sees it before ``finish``, and after ``drop`` it never was."""

    key: str

    def write(self, data: bytes) -> None:
        """Add bytes."""

    def finish(self) -> None:
        """Store the file whole under its key."""

    def drop(self) -> None:
        """Forget what has come; harmless after ``finish`` and when called twice."""


class Store(Protocol):
    """A place for files. Every method takes keys that ``keys`` has checked.

    All raise ``StoreAway`` when the store does not answer; ``OSError`` tells of the local disk.
    """

    name: str  # for the administrator, such as "the folder /data/media"

    def save(self, key: str, stream: IO[bytes]) -> None:
        """Store a seekable stream from its beginning; the whole file or none, an earlier one is replaced."""

    def incoming(self, key: str) -> Incoming:
        """Begin to receive a file."""

    def stream(self, key: str) -> Opened:
        """Open a file for sending it on.

        Raises:
            NotFound: when there is no such file.
        """

    def open(self, key: str) -> IO[bytes]:
        """Open a file for reading and seeking.

        Raises:
            NotFound: when there is no such file.
        """

    def size(self, key: str) -> int:
        """Return a file's size in bytes.

        Raises:
            NotFound: when there is no such file.
        """

    def local_copy(self, key: str) -> AbstractContextManager[Path]:
        """Give a path at which the file can be read while the block runs.

        Raises:
            NotFound: when there is no such file.
        """

    def forget_time(self, key: str) -> None:
        """Set the time of a file to the one that all such files have, if that can be done.

        Raises:
            NotFound: when there is no such file.
        """

    def delete(self, key: str) -> None:
        """Remove a file; one that is not there is no error."""

    def delete_folder(self, folder: str) -> None:
        """Remove every file whose key begins so."""

    def entries(self, folder: str) -> Iterator[Entry]:
        """Yield the files whose keys begin so, in the same order each time."""

    def remove_unfinished(self, folder: str, *, before: datetime) -> None:
        """Remove what processes that ended in the middle of writing left below a folder before a time."""

    def probe(self, *, write: bool) -> None:
        """Do nothing when the store answers; with ``write`` also store, read and remove a small file."""
