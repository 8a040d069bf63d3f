"""Limits on how often something may happen in a minute, counted together by every process of the site.

Asking the shared cache at each request would cost more than most requests do (without Redis the cache is a table of
the database), so a process takes permits from it in blocks of a twentieth of the limit and gives them out by itself.
A limit of 6000 is therefore kept to within 300 for each process; see docs/adr/0020-limits-taken-in-blocks.md.

A cache that cannot be reached stops nobody's work: permits are given without asking it until it is back.
"""

import logging
import math
import threading
from dataclasses import dataclass
from time import time as now

from django.core.cache import cache
from django.db import DatabaseError
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

WINDOW_S = 60
_BLOCKS_PER_LIMIT = 20


@dataclass(slots=True)
class _Held:
    """Permits that this process may still give out."""

    permits: int = 0
    refused: bool = False


class Limit:
    """So many times a minute for each name; 0 means without limit.

    Args:
        what: What is counted; part of the key in the cache.
    """

    def __init__(self, what: str) -> None:
        self.what = what
        self._lock = threading.Lock()
        self._window = 0
        self._held: dict[str, _Held] = {}

    def take(self, name: str, *, per_minute: int) -> int | None:
        """Use one permit; return None, or when there is none left the seconds until there are new ones."""
        if per_minute <= 0:
            return None
        moment = now()
        window = int(moment // WINDOW_S)
        with self._lock:
            held = self._of(name, window)
            if held.permits:
                held.permits -= 1
                return None
        # Not while the lock is held: the cache may be slow, and other names have permits left.
        block = 0 if held.refused else self._block(name, window=window, per_minute=per_minute)
        with self._lock:
            held = self._of(name, window)
            held.refused = not block
            held.permits += max(0, block - 1)
        return None if block else max(1, math.ceil((window + 1) * WINDOW_S - moment))

    def _of(self, name: str, window: int) -> _Held:
        """Return what is held for a name; what was held in another minute is forgotten, so the table stays short."""
        if window > self._window:
            self._window, self._held = window, {}
        return self._held.setdefault(name, _Held())

    def forget(self) -> None:
        """Give up what this process holds; for tests, whose cache is emptied."""
        with self._lock:
            self._window, self._held = 0, {}

    def _block(self, name: str, *, window: int, per_minute: int) -> int:
        """Return how many permits the shared count has left for this process, at most a block."""
        block = max(1, per_minute // _BLOCKS_PER_LIMIT)
        key = f"rate:{self.what}:{name}:{window}"
        try:
            cache.add(key, 0, timeout=2 * WINDOW_S)
            used = cache.incr(key, block)
        except ValueError:  # gone between the two, with the whole cache
            return block
        except (DatabaseError, RedisError, OSError) as error:
            logger.warning("Requests are not counted, because the cache cannot be reached: %s", error)
            return block
        return max(0, min(block, per_minute - (used - block)))
