"""How busy the machine was during a measurement, and how much of that was somebody else's."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import psutil


@dataclass
class Use:
    """Shares of all cores, 0 to 1: everything that ran, and what neither the site nor the measurement was."""

    busy: float = 0.0
    foreign: float = 0.0

    def words(self) -> str:
        """Return the figures for a table."""
        return f"{100 * self.busy:.0f} %, {100 * self.foreign:.0f} % by others"


class Watch:
    """Take note of the processor time of all processes below this one (and of named ones) while a block runs.

    What ended before the block did is counted as far as its parent waited for it.
    """

    def __init__(self, *others: int) -> None:
        self._others = others
        self.use = Use()

    def __enter__(self) -> Self:
        self._begin = (time.monotonic(), _all(), self._own())
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        began, all_before, own_before = self._begin
        seconds = (time.monotonic() - began) * (os.cpu_count() or 1)
        busy, own = _all() - all_before, self._own() - own_before
        self.use = Use(busy / seconds, max(0.0, (busy - own) / seconds))

    def _own(self) -> float:
        total = 0.0
        for pid in {os.getpid(), *self._others}:
            try:
                root = psutil.Process(pid)
                family = [root, *root.children(recursive=True)]
            except psutil.Error:
                continue
            for process in family:
                try:
                    times = process.cpu_times()
                except psutil.Error:
                    continue
                total += times.user + times.system + times.children_user + times.children_system
        return total


def _all() -> float:
    """Return the seconds that all cores have worked."""
    times = psutil.cpu_times()
    return float(sum(times) - times.idle - getattr(times, "iowait", 0.0) - getattr(times, "guest", 0.0))
