"""Room on the disks of the site: how much is free, a refusal before it runs out, and how a full disk is recognised."""

import errno
import shutil
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

MEBI = 1024 * 1024
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_SQLITE_FULL = 13  # SQLITE_FULL, https://www.sqlite.org/rescode.html
_POSTGRES_FULL = "53100"  # disk_full, PostgreSQL's appendix of error codes


@dataclass(frozen=True, slots=True)
class Room:
    """A disk of the site; sizes in bytes. ``reserve`` is what is kept free on it."""

    folder: Path
    free: int
    total: int
    reserve: int

    @property
    def usable(self) -> int:
        """Return how much may still be written, never below zero."""
        return max(0, self.free - self.reserve)

    @property
    def low(self) -> bool:
        """Return whether less is free than is to be kept free."""
        return self.free < self.reserve


def reserve() -> int:
    """Return how many bytes are kept free on each disk of the site."""
    return int(settings.WBCWEB_MIN_FREE_MB) * MEBI


def room_at(folder: Path | str) -> Room:
    """Return the room on the disk of a folder, or of the nearest one above it that exists."""
    place = Path(folder).absolute()
    while not place.exists():
        place = place.parent
    usage = shutil.disk_usage(place)
    return Room(folder=place, free=usage.free, total=usage.total, reserve=reserve())


def rooms() -> list[Room]:
    """Return the room on every disk the site writes to from here: data folder, stored files, SQLite's file."""
    places = [Path(settings.WBCWEB_DATA_DIR), Path(settings.MEDIA_ROOT)]
    database = settings.DATABASES["default"]
    if database["ENGINE"].endswith("sqlite3") and str(database["NAME"]).startswith("/"):
        places.append(Path(database["NAME"]).parent)
    found: dict[int, Room] = {}
    for place in places:
        room = room_at(place)
        found.setdefault(room.folder.stat().st_dev, room)
    return list(found.values())


def is_full(error: BaseException | None) -> bool:
    """Return whether an error, or one that led to it, says that a disk is full: a file's, SQLite's, PostgreSQL's."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        if isinstance(error, OSError) and error.errno in _FULL:
            return True
        if isinstance(error, sqlite3.Error) and getattr(error, "sqlite_errorcode", 0) & 0xFF == _SQLITE_FULL:
            return True
        if getattr(error, "sqlstate", None) == _POSTGRES_FULL:
            return True
        error = error.__cause__ or error.__context__
    return False
