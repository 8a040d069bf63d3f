"""Workers that are killed, stopped and woken while a harness keeps their number up, as a supervisor would."""

import contextlib
import random
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from tests.kits.processes import children_of, end, signal_all, tree_of


class Blow(StrEnum):
    """Which processes of a worker a kill hits; a worker in one process is hit whole by each."""

    ALL = "all its processes"
    POOL = "its pool process"
    PARENT = "its main process"


@dataclass(frozen=True)
class Kill:
    """A kill -9: when, in seconds of the epoch, and the numbers of the processes."""

    at: float
    pids: tuple[int, ...]


class Crew:
    """Some workers, each started again half a second after it ended.

    Args:
        start: Starts the worker of a number.
        size: How many there are.
    """

    def __init__(self, start: Callable[[int], "subprocess.Popen[bytes]"], size: int) -> None:
        self._start = start
        self._workers = [start(number) for number in range(size)]
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._tend, name="crew", daemon=True)
        self.kills: list[Kill] = []
        self.restarts = 0

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        for worker in self._workers:
            worker.send_signal(signal.SIGTERM)
        for worker in self._workers:
            end(worker, seconds=20)

    def _tend(self) -> None:
        while not self._over.wait(0.5):
            with self._lock:
                for number, worker in enumerate(self._workers):
                    if worker.poll() is not None:
                        self.restarts += 1
                        self._workers[number] = self._start(number)

    def alive(self) -> "list[subprocess.Popen[bytes]]":
        """Return the workers that run."""
        with self._lock:
            return [worker for worker in self._workers if worker.poll() is None]

    def find(self, pid: int) -> "subprocess.Popen[bytes] | None":
        """Return the worker to which a process belongs, None when there is none (any more)."""
        return next((worker for worker in self.alive() if pid in tree_of(worker.pid)), None)

    def of(self, pid: int) -> "subprocess.Popen[bytes]":
        """Return the worker to which a process belongs."""
        found = self.find(pid)
        assert found is not None
        return found

    def kill(self, blow: Blow = Blow.ALL, *, worker: "subprocess.Popen[bytes] | None" = None) -> Kill:
        """Kill a worker, one at random when none is named."""
        victim = worker or random.choice(self.alive())  # noqa: S311 - no secret
        children = children_of(victim.pid)
        hit = {
            Blow.ALL: tree_of(victim.pid),
            Blow.POOL: children or [victim.pid],
            Blow.PARENT: [victim.pid],
        }[blow]
        done = Kill(time.time(), tuple(hit))
        signal_all(hit, signal.SIGKILL)
        self.kills.append(done)
        return done

    @contextlib.contextmanager
    def stopped(self, worker: "subprocess.Popen[bytes]") -> Iterator[None]:
        """Stop all processes of a worker while the block runs, then let them go on."""
        pids = tree_of(worker.pid)
        signal_all(pids, signal.SIGSTOP)
        try:
            yield
        finally:
            signal_all(pids[::-1], signal.SIGCONT)
