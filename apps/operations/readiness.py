"""Whether this process can serve: one word for each thing it needs, and nothing else about it."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import redis
from django.conf import settings
from django.db import Error, connection

from apps.core import disk, storage
from apps.core.schema_state import schema_state

logger = logging.getLogger(__name__)

# Anybody may ask, so a flood of questions must not become a flood of queries and writes.
KEPT_FOR_S = 2.0
_BROKER_S = 1.0

# Words with which a part does its work. "down" of the broker and "low" of the disk leave most of the site at work:
# jobs wait in the ledger, and labels need next to no room. So they are said, and traffic still comes.
FINE = frozenset({"ok", "none"})
BEARABLE = frozenset({("broker", "down"), ("disk", "low")})

_lock = threading.Lock()
_kept: tuple[float, "Readiness"] | None = None


@dataclass(frozen=True, slots=True)
class Readiness:
    """One word for each part, such as ``{"database": "ok"}``."""

    parts: dict[str, str]

    @property
    def failing(self) -> bool:
        """Return whether something is amiss without which no page can be served rightly."""
        return any(word not in FINE and (part, word) not in BEARABLE for part, word in self.parts.items())

    @property
    def word(self) -> str:
        """Return "ready", "degraded" or "failing"."""
        if self.failing:
            return "failing"
        return "ready" if all(word in FINE for word in self.parts.values()) else "degraded"


def readiness() -> Readiness:
    """Return the state of every part, at most two seconds old."""
    global _kept  # noqa: PLW0603 - one answer for all threads of the process
    with _lock:
        if _kept is not None and time.monotonic() - _kept[0] < KEPT_FOR_S:
            return _kept[1]
    found = look()
    with _lock:
        _kept = (time.monotonic(), found)
    return found


def forget() -> None:
    """Let the next question be answered anew."""
    global _kept  # noqa: PLW0603 - as above
    with _lock:
        _kept = None


def look() -> Readiness:
    """Look at every part now. The reasons go to the log, not into the answer."""
    database = _word("database", _database)
    return Readiness(
        {
            "database": database,
            "migrations": _word("migrations", _migrations) if database == "ok" else "unknown",
            "storage": _word("storage", _storage),
            "broker": _word("broker", _broker),
            "disk": _word("disk", _disk),
        }
    )


def _word(part: str, question: Callable[[], str]) -> str:
    try:
        return question()
    except Exception:
        logger.warning("Not ready: %s", part, exc_info=True)
        return "down"


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            cursor.fetchone()
    except Error:
        connection.close()
        raise
    return "ok"


def _migrations() -> str:
    return "pending" if schema_state().pending else "ok"


def _storage() -> str:
    """Write, read and remove a few bytes where uploads would go."""
    problem = storage.problem(write=True)
    if problem is None:
        return "ok"
    logger.warning("Not ready: storage: %s", problem)
    return "down"


def _broker() -> str:
    if not settings.WBCWEB_REDIS_URL:
        return "none"
    _redis(settings.WBCWEB_REDIS_URL).ping()
    return "ok"


@cache
def _redis(url: str) -> redis.Redis:
    return redis.Redis.from_url(url, socket_connect_timeout=_BROKER_S, socket_timeout=_BROKER_S)


def _disk() -> str:
    return "low" if any(room.low for room in disk.rooms()) else "ok"
