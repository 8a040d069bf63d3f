"""Files in a folder of this machine, or of a disk that several machines share."""

import contextlib
import io
import os
import secrets
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from apps.core.disk import Guard
from apps.core.errors import NotFound
from apps.core.storage.keys import is_key
from apps.core.storage.store import Entry, Opened

ONE_TIME = 946_684_800
"""2000-01-01 00:00 UTC, in seconds since 1970."""

MISSING = "The file of this object is missing from the store."


class LocalStore:
    """A folder; see ``Store``. Files are readable by their owner only."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self.name = f"the folder {root}"

    def path_of(self, key: str) -> Path:
        """Return where a key's file lies."""
        return self._root / key

    def save(self, key: str, stream: IO[bytes]) -> None:
        """Store a stream so that after a power cut there is the whole file or none."""
        _copy(stream, self.incoming(key))

    def incoming(self, key: str) -> "LocalIncoming":
        """Begin to receive a file.

        Raises:
            DiskFull: as its ``write``, when the disk would lose what is to be kept free.
        """
        return LocalIncoming(key, self.path_of(key), Guard(self._root))

    def stream(self, key: str) -> Opened:
        """Open a file for sending it on."""
        stream = self.open(key)
        return Opened(stream, os.fstat(stream.fileno()).st_size)

    def open(self, key: str) -> IO[bytes]:
        """Open a file for reading and seeking."""
        try:
            return self.path_of(key).open("rb")
        except FileNotFoundError:
            raise NotFound(MISSING, code="file-missing") from None

    def size(self, key: str) -> int:
        """Return a file's size in bytes."""
        try:
            return self.path_of(key).stat().st_size
        except FileNotFoundError:
            raise NotFound(MISSING, code="file-missing") from None

    @contextlib.contextmanager
    def local_copy(self, key: str) -> Iterator[Path]:
        """Give the file's own path."""
        path = self.path_of(key)
        if not path.is_file():
            raise NotFound(MISSING, code="file-missing")
        yield path

    def forget_time(self, key: str) -> None:
        """Set a file's times to one moment."""
        try:
            os.utime(self.path_of(key), (ONE_TIME, ONE_TIME))
        except FileNotFoundError:
            raise NotFound(MISSING, code="file-missing") from None

    def delete(self, key: str) -> None:
        """Remove a file."""
        self.path_of(key).unlink(missing_ok=True)

    def delete_folder(self, folder: str) -> None:
        """Remove a folder with all that is in it, and the one above when that is empty then."""
        path = self._root / folder
        shutil.rmtree(path, ignore_errors=True)
        if path.parent not in {self._root, self._root.parent}:
            with contextlib.suppress(OSError):  # others' files are there, or nothing was ever written
                path.parent.rmdir()

    def entries(self, folder: str) -> Iterator[Entry]:
        """Yield the files of a folder; what is no whole file of ours is passed over."""
        for name, folders, files in os.walk(self._root / folder):
            folders.sort()
            for file in sorted(files):
                path = Path(name) / file
                key = path.relative_to(self._root).as_posix()
                if not is_key(key):
                    continue
                try:
                    found = path.stat()
                except FileNotFoundError:
                    continue  # removed while we walk
                yield Entry(key, found.st_size, datetime.fromtimestamp(found.st_mtime, UTC))

    def remove_unfinished(self, folder: str, *, before: datetime) -> None:
        """Remove half-written files."""
        for path in (self._root / folder).glob("**/.*.part"):
            with contextlib.suppress(FileNotFoundError):
                if path.stat().st_mtime < before.timestamp():
                    path.unlink()

    def probe(self, *, write: bool) -> None:
        """Make sure that the folder is there and can be written to."""
        self._root.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not os.access(self._root, os.R_OK | os.W_OK | os.X_OK):
            raise PermissionError(13, "Permission denied", str(self._root))
        if write:
            # In one folder for all, which stays: several processes may ask at the same moment.
            key = f"probe/{secrets.token_hex(16)}"
            try:
                # Without the guard: whether the disk is nearly full is another question.
                _copy(io.BytesIO(b"probe"), LocalIncoming(key, self.path_of(key)))
                self.open(key).close()
            finally:
                self.delete(key)


class LocalIncoming:
    """A file under a temporary name beside its own, forced to disk before it gets its name."""

    def __init__(self, key: str, target: Path, guard: Guard | None = None) -> None:
        self.key = key
        self._guard = guard
        self._target = target
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._temporary = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        self._stream = os.fdopen(os.open(self._temporary, flags, 0o600), "wb")

    def write(self, data: bytes) -> None:
        """Add bytes."""
        if self._guard is not None:
            self._guard.before(len(data))
        self._stream.write(data)

    def finish(self) -> None:
        """Force the bytes to disk and give the file its name."""
        self._stream.flush()
        os.fsync(self._stream.fileno())
        self._stream.close()
        self._temporary.replace(self._target)
        _sync_folder(self._target.parent)

    def drop(self) -> None:
        """Remove what has come."""
        with contextlib.suppress(OSError):  # closing writes what is left, for which there may be no room
            self._stream.close()
        self._temporary.unlink(missing_ok=True)


def _copy(stream: IO[bytes], incoming: LocalIncoming) -> None:
    try:
        stream.seek(0)
        shutil.copyfileobj(stream, incoming, 1 << 20)
        incoming.finish()
    except BaseException:
        incoming.drop()
        raise


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
