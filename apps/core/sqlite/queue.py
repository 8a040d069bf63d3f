"""A queue before SQLite's one write lock, for all threads and processes of a machine.

SQLite lets whoever finds its lock taken sleep for 1, 2, 5, 10, ... 100 ms and try again, however soon it became free,
and whoever comes by in that moment goes first. Here a writer first takes a lock that wakes the next one at once. It
is a courtesy and no rule: SQLite's own lock is the truth, and who has waited in vain goes to it all the same.

Between processes there are two locks, a door and a room behind it. Who waits for the room holds the door, so a process
that has just left the room cannot go in again before the one that waits, however busy it is.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from pathlib import Path

try:
    import fcntl
except ImportError:  # no such locks on this system: threads wait for each other, processes as SQLite has it
    fcntl = None  # type: ignore[assignment]

ENDINGS = ("-door", "-queue")
"""What the names of the two files add to the database's."""

_PATIENCE_S = 5.0
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.0003, 0.002


class WriteQueue:
    """The queue of one database file."""

    def __init__(self, database: Path) -> None:
        self._paths = [database.with_name(database.name + end) for end in ENDINGS]
        self._threads = threading.Lock()
        self._files: list[int] = []

    def enter(self, patience_s: float = _PATIENCE_S) -> bool:
        """Wait until it is this thread's turn; return whether it came, and then `leave` is owed."""
        until = time.monotonic() + patience_s
        if not self._threads.acquire(timeout=patience_s):
            return False
        try:
            if self._lock(until):
                return True
        except BaseException:
            self._threads.release()
            raise
        self._threads.release()
        return False

    def leave(self) -> None:
        """Let the next one go."""
        if self._files:
            _unlock(self._files[1])
        self._threads.release()

    def close(self) -> None:
        """Let go of the files, in a child that did not ask for them: the locks would outlive the parent."""
        for file in self._files:
            with contextlib.suppress(OSError):
                os.close(file)
        self._files = []

    def _lock(self, until: float) -> bool:
        """Go through the door into the room; only one thread of a process is here at a time."""
        if fcntl is None:
            return True
        try:
            door, room = self._opened()
            if not _taken(door, until):
                return False
            try:
                return _taken(room, until)
            finally:
                _unlock(door)
        except OSError:
            return True  # a full disk or a folder that may only be read: no queue between processes

    def _opened(self) -> list[int]:
        while len(self._files) < len(self._paths):
            path = self._paths[len(self._files)]
            self._files.append(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        return self._files


def _taken(file: int, until: float) -> bool:
    """Take the lock of a file; return False when it did not come by then (monotonic seconds)."""
    pause = _FIRST_PAUSE_S
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > until:
                return False
            time.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE_S)
        else:
            return True


def _unlock(file: int) -> None:
    if fcntl is not None:
        with contextlib.suppress(OSError):
            fcntl.flock(file, fcntl.LOCK_UN)


_queues: dict[Path, WriteQueue] = {}
_making = threading.Lock()


def queue_of(database: Path) -> WriteQueue:
    """Return this process's place in the queue of a database file."""
    with _making:
        return _queues.setdefault(database, WriteQueue(database))


def _forget() -> None:
    """Begin anew in a forked child: a thread of the parent that held a lock does not exist here."""
    global _making  # noqa: PLW0603 - see above
    _making = threading.Lock()
    for queue in _queues.values():
        queue.close()
    _queues.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
