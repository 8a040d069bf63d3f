"""Whether `make run` or `make serve` has the data folder at this moment: it holds a lock there as long as it lives."""

from __future__ import annotations

import fcntl
from pathlib import Path

from django.conf import settings

LOCK = "run.lock"


def is_site_running() -> bool:
    """Return whether a site runs on this data folder, on this machine."""
    path = Path(settings.WBCWEB_DATA_DIR) / LOCK
    if not path.exists():
        return False
    with path.open("a") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        fcntl.flock(stream, fcntl.LOCK_UN)
    return False
