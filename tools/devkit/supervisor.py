"""Keep several programs running as one: restart what exits, stop all on one signal, leave nothing behind."""

from __future__ import annotations

import contextlib
import logging
import logging.handlers
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import IO, TextIO

_LOOK_S = 0.1
_FIRST_PAUSE_S = 0.5
_LONGEST_PAUSE_S = 30.0
_HEALTHY_S = 60.0  # a part that ran this long starts again with the shortest pause
_LOG_BYTES = 5_000_000
_TETHER = Path(__file__).with_name("tether.py")


@dataclass
class Part:
    """One program: its name, command line, and what is known of its present run."""

    name: str
    command: Sequence[str]
    process: subprocess.Popen[str] | None = field(default=None, repr=False)
    started: float = 0.0
    pause: float = _FIRST_PAUSE_S
    due: float = 0.0


class Supervisor:
    """Run parts until a signal comes; see the module."""

    def __init__(
        self,
        parts: Sequence[Part],
        *,
        cwd: Path,
        logs: Path,
        environment: Mapping[str, str] | None = None,
        grace_s: float = 45.0,
    ) -> None:
        self._parts = list(parts)
        self._cwd = cwd
        self._logs = logs
        self._environment = {**os.environ, "PYTHONUNBUFFERED": "1", **(environment or {})}
        self._grace_s = grace_s
        self._signals = 0
        self._wake = threading.Event()
        self._copiers: list[threading.Thread] = []
        self._width = max(len(part.name) for part in parts)

    def run(self, on_tick: Callable[[], None] | None = None) -> int:
        """Start every part and keep them running; return 0 after an orderly stop.

        `on_tick` is called about ten times a second from the same thread.
        """
        self._logs.mkdir(parents=True, exist_ok=True)
        wanted = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        before = {number: signal.signal(number, self._on_signal) for number in wanted}
        try:
            while not self._signals:
                for part in self._parts:
                    self._tend(part)
                if on_tick is not None:
                    on_tick()
                self._wake.wait(_LOOK_S)
        finally:
            self._stop_all()
            for number, handler in before.items():
                signal.signal(number, handler)
        return 0

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        self._signals += 1
        self._wake.set()
        if self._signals == 1:
            os.write(2, f"\nStopping ({signal.Signals(number).name}); again to stop at once.\n".encode())

    def _tend(self, part: Part) -> None:
        now = time.monotonic()
        if part.process is None:
            if now >= part.due:
                self._start(part)
            return
        status = part.process.poll()
        if status is None:
            return
        self._kill_group(part.process)
        part.process = None
        part.pause = (
            _FIRST_PAUSE_S if now - part.started > _HEALTHY_S else min(part.pause * 2, _LONGEST_PAUSE_S)
        )
        part.due = now + part.pause
        why = f"signal {-status}" if status < 0 else f"status {status}"
        self._tell(f"{part.name} ended with {why} and starts again in {part.pause:g} s.")

    def _start(self, part: Part) -> None:
        part.started = time.monotonic()
        part.process = subprocess.Popen(
            [sys.executable, "-I", str(_TETHER), str(os.getpid()), *part.command],
            cwd=self._cwd,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        stream = part.process.stdout
        if stream is not None:
            copier = threading.Thread(target=self._copy, args=(part.name, stream), daemon=True)
            copier.start()
            self._copiers = [thread for thread in self._copiers if thread.is_alive()] + [copier]

    def _copy(self, name: str, stream: IO[str]) -> None:
        """Copy a part's output to the screen, with its name before each line, and to its log file."""
        log = logging.Logger(name)  # noqa: LOG001 - one for this run alone, known to nobody else
        handler = _LogFile(
            self._logs / f"{name}.log", maxBytes=_LOG_BYTES, backupCount=3, encoding="utf-8", delay=True
        )
        log.addHandler(handler)
        with stream, contextlib.closing(handler):
            for line in stream:
                log.info(line.rstrip("\n"))
                self._tell(line.rstrip("\n"), name)

    def _tell(self, text: str, name: str = "wbcweb") -> None:
        # The terminal may be gone (a closed window, a broken pipe): the site goes on without it.
        with contextlib.suppress(OSError, ValueError):
            print(f"{name:<{self._width}} | {text}", flush=True)

    def _stop_all(self) -> None:
        """Ask every part to end, wait, then end what is left, with all the processes each has started."""
        running = [part.process for part in self._parts if part.process is not None]
        for process in running:
            if process.poll() is None:
                process.terminate()
        deadline = time.monotonic() + self._grace_s
        while any(process.poll() is None for process in running):
            if time.monotonic() > deadline or self._signals > 1:
                break
            time.sleep(_LOOK_S)
        for process in running:
            self._kill_group(process)
            process.wait()
        for copier in self._copiers:  # the last words, unless a process that left its group holds the pipe
            copier.join(timeout=1.0)

    @staticmethod
    def _kill_group(process: subprocess.Popen[str]) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)


class _LogFile(logging.handlers.RotatingFileHandler):
    """A log file that says nothing when the disk is full: the screen has each line, and the site has to go on."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the library's name
        del record

    def close(self) -> None:
        with contextlib.suppress(OSError):  # what could not be written before cannot be written now
            super().close()

    def _open(self) -> TextIO:
        stream = super()._open()
        os.fchmod(stream.fileno(), 0o600)
        return stream
