"""Remove pictures of cells that no row names: of boxes that were moved or given up while a process died in between.

Run by the jobs' schedule. Pictures that requests cut lie below `PREFIX` in 256 folders by their random names; each run
looks at one of them, so that it takes seconds however many pictures there are.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone

from apps.core import storage
from apps.core.object_names import still_named

PREFIX = "crops"
EVERY_S = 600.0
KEPT_FOR = timedelta(days=1)
"""A picture is cut before the row that names it is written; no request takes so long."""
_FOLDERS = 256


def sweep() -> None:
    """Look through the folder whose turn it is; all have had theirs after two days."""
    now = timezone.now()
    sweep_folder(int(now.timestamp() // EVERY_S) % _FOLDERS, before=now - KEPT_FOR)


def sweep_folder(number: int, *, before: datetime) -> int:
    """Remove the pictures of a folder (0 to 255) that no row names and that are older; return how many."""
    place = f"{PREFIX}/{number:02x}"
    old = [entry.key for entry in storage.entries(place) if entry.modified < before]
    named = still_named(old)
    left = [key for key in old if key not in named]
    for key in left:
        storage.delete_key(key)
    storage.remove_unfinished(place, before=before)
    return len(left)
