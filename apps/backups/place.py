"""The folder in which backups are kept: one run at a time, readable by its owner only, the oldest removed."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from django.conf import settings

from apps.backups.manifest import backups_in
from apps.backups.problems import BackupProblem
from apps.backups.words import size
from apps.core import disk

_LOCK = ".lock"


@contextmanager
def opened(place: Path) -> Iterator[None]:
    """Hold the place while the block runs; everything written meanwhile is readable by its owner only.

    Raises:
        BackupProblem: when it cannot be written to, lies among the stored files, or another backup is being made.
    """
    if Path(settings.MEDIA_ROOT).resolve() in (place.resolve(), *place.resolve().parents):
        raise BackupProblem(
            f"{place} lies among the stored files themselves: name another place with OUT=..."
        )
    before = os.umask(0o077)
    try:
        try:
            place.mkdir(parents=True, exist_ok=True)
            lock = (place / _LOCK).open("a")
        except OSError as error:
            raise BackupProblem(f"{place} cannot be written to: {error.strerror}.") from error
        with lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise BackupProblem(f"Another backup into {place} is being made; wait for its end.") from None
            yield
    finally:
        os.umask(before)


def new_name(place: Path, now: datetime) -> str:
    """Return the name of a backup made now; names sort by time."""
    name = now.strftime("%Y-%m-%dT%H%M%SZ")
    number = 1
    while (place / (name if number == 1 else f"{name}-{number}")).exists():
        number += 1
    return name if number == 1 else f"{name}-{number}"


def require_room(place: Path, needed: int) -> None:
    """Refuse before anything is written when a backup would not fit.

    Raises:
        BackupProblem: with what is needed and what is free.
    """
    room = disk.room_at(place)
    usable = max(0, room.free - room.reserve)
    if usable < needed:
        raise BackupProblem(
            f"The backup needs {size(needed)}, and {size(usable)} may be used on the disk of "
            f"{place}: free space, name another place with OUT=..., or keep fewer backups with KEEP=..."
        )


def remove_old(place: Path, keep: int | None) -> list[str]:
    """Remove the oldest backups beyond ``keep``; return their names."""
    old = list(backups_in(place))[:-keep] if keep else []
    for folder in old:
        # Not a backup any more from the first moment on, whatever happens in the middle.
        doomed = folder.with_name(f".removed-{folder.name}")
        folder.rename(doomed)
        shutil.rmtree(doomed)
    for left in place.glob(".removed-*"):
        shutil.rmtree(left, ignore_errors=True)
    return [folder.name for folder in old]
