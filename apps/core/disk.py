"""Room on the disks of the site: how much is free, a refusal before it runs out, and how a full disk is recognised."""

import errno
import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from apps.core.errors import Unavailable

MEBI = 1024 * 1024
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
# Primary result codes, https://www.sqlite.org/rescode.html
_SQLITE_FULL = 13
_SQLITE_PERHAPS_FULL = frozenset({10, 14})  # an I/O error, a file that cannot be opened
_POSTGRES_FULL = "53100"  # disk_full, PostgreSQL's appendix of error codes
_NO_ROOM = MEBI
_ASK_EVERY = 4 * MEBI


class DiskFull(Unavailable):
    """There is no room for this; what was stored before is safe."""

    default_code = "disk-full"


@dataclass(frozen=True, slots=True)
class Room:
    """A disk of the site; sizes in bytes. ``reserve`` is what is kept free on it."""

    folder: Path
    free: int
    total: int
    reserve: int

    @property
    def low(self) -> bool:
        """Return whether less is free than is to be kept free."""
        return self.free < self.reserve


def room_at(folder: Path | str) -> Room:
    """Return the room on the disk of a folder, or of the nearest one above it that exists."""
    place = Path(folder).absolute()
    while not place.exists():
        place = place.parent
    usage = shutil.disk_usage(place)
    reserve = int(settings.WBCWEB_MIN_FREE_MB) * MEBI
    return Room(folder=place, free=usage.free, total=usage.total, reserve=reserve)


def rooms() -> list[Room]:
    """Return the room on every disk that this machine writes to for the site: data, stored files, SQLite's file."""
    places = [Path(settings.WBCWEB_DATA_DIR), Path(settings.MEDIA_ROOT)]
    database = settings.DATABASES["default"]
    if "sqlite" in database["ENGINE"] and Path(database["NAME"]).is_absolute():
        places.append(Path(database["NAME"]).parent)
    found: dict[int, Room] = {}
    for place in places:
        room = room_at(place)
        found.setdefault(room.folder.stat().st_dev, room)
    return list(found.values())


def require(folder: Path | str, needed: int = 0) -> None:
    """Let a writing pass that leaves on the disk what is to be kept free.

    Args:
        folder: Where it would write.
        needed: How many bytes, as far as that is known.

    Raises:
        DiskFull: with a sentence that says how much is free and how much would be needed.
    """
    _require(room_at(folder), needed)


def require_everywhere(needed: int = 0) -> None:
    """Let work pass that would leave on every disk of the site what is to be kept free; otherwise as ``require``."""
    for room in rooms():
        _require(room, needed)


def _require(room: Room, needed: int) -> None:
    if room.free - needed >= room.reserve:
        return
    wanted = f", and this needs about {size(needed)}" if needed else ""
    raise DiskFull(
        f"The server's disk has {size(room.free)} free, of which {size(room.reserve)} are kept free{wanted}. "
        "Ask the administrator to free space, then try again.",
        detail={"free": room.free, "needed": needed, "reserve": room.reserve},
    )


class Guard:
    """See to it, while a file is written piece by piece, that what is to be kept free stays free.

    Asks the disk at the beginning and then every four megabytes. Both methods raise ``DiskFull``.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._unasked = 0
        require(folder)

    def before(self, number: int) -> None:
        """Let so many further bytes pass."""
        self._unasked += number
        if self._unasked >= _ASK_EVERY:
            require(self._folder, self._unasked)
            self._unasked = 0


def refusal(error: BaseException) -> DiskFull | None:
    """Return what to answer to an error that comes from a full disk, None for any other."""
    if not is_full(error):
        return None
    return DiskFull(
        "The server's disk is full, so this was not saved. What was saved before is safe. "
        "Ask the administrator to free space, then try again."
    )


def is_full(error: BaseException | None) -> bool:
    """Return whether an error, or one that led to it, says that a disk is full: a file's, SQLite's, PostgreSQL's."""
    return any(_says_full(one) for one in _causes(error))


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def _says_full(error: BaseException) -> bool:
    if isinstance(error, OSError):
        return error.errno in _FULL
    if isinstance(error, sqlite3.Error):
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in _SQLITE_PERHAPS_FULL:
            return any(room.free < _NO_ROOM for room in rooms())
        return code == _SQLITE_FULL
    return getattr(error, "sqlstate", None) == _POSTGRES_FULL


def size(number: float) -> str:
    """Return a number of bytes in words, such as "512 MB" or "1.4 GB"; a megabyte has 1024 times 1024 of them."""
    megabytes = number / MEBI
    if megabytes < 10:
        return f"{megabytes:.1f} MB"
    if megabytes < 1000:
        return f"{megabytes:.0f} MB"
    gigabytes = megabytes / 1024
    return f"{gigabytes:.1f} GB" if gigabytes < 100 else f"{gigabytes:.0f} GB"
