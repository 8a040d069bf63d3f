"""Decode in a warm child process, so that a hostile file costs one child and never the worker.

A crash, a kill or an overrun ends the child, not the caller; the next file gets a new one.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import logging
import os
import select
import signal
import subprocess
import sys
import threading
import time
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

import ml
from ml.images.errors import BY_NAME, DamagedImage, DecoderStopped
from ml.images.types import HEAD_PREFIX, DecodedImage, DecodeLimits

_log = logging.getLogger(__name__)

FILES_PER_CHILD = 1000
"""A child is replaced after so many files, so that a slow leak in a C decoder never grows."""

_HEAD_LIMIT = 1 << 20
_TOO_LONG = "Opening the picture took too long, so it was stopped. Export it again as PNG or JPEG."
_CRASHED = "The picture made its decoder stop. It is probably damaged: export it again as PNG or JPEG."


class _GoneError(Exception):
    """The child ended before its reply was complete."""


class _LateError(Exception):
    """The reply did not come within the time allowed."""


class DecoderChild:
    """One warm decoding child; safe to use from several threads (one file at a time) and after a fork."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = 0
        self._files = 0

    @property
    def pid(self) -> int | None:
        """Return the process id of the running child, or ``None``."""
        return self._process.pid if self._process is not None and self._owner == os.getpid() else None

    def decode(
        self, path: str | os.PathLike[str], *, limits: DecodeLimits | None = None, name: str | None = None
    ) -> DecodedImage:
        """Return the picture in the file at ``path``; arguments and errors are those of ``ml.images.decode``.

        Raises ``DecoderStopped`` when the file makes the child crash twice or exceed its time.
        """
        limits = limits or DecodeLimits()
        request = {"path": str(Path(path).absolute()), "name": Path(path).name if name is None else name}
        with self._lock:
            # A child killed from outside (out of memory, an operator) says nothing about the file: try once
            # more.
            for last_try in (False, True):
                try:
                    return self._ask(request, limits)
                except _LateError as late:
                    self._end(kill=True)
                    raise DecoderStopped(_TOO_LONG) from late
                except _GoneError as gone:
                    status = self._end(kill=True)
                    _log.warning("The decoding child ended with status %s.", status)
                    if status == -signal.SIGXCPU:
                        raise DecoderStopped(_TOO_LONG) from gone
                    if last_try:
                        raise DecoderStopped(_CRASHED) from gone
        raise DecoderStopped(_CRASHED)

    def close(self) -> None:
        """End the child; a later ``decode`` starts another."""
        with self._lock:
            self._end(kill=False)

    def close_at_exit(self) -> None:
        """End the child if it is idle; a busy one ends by itself when its pipe closes with this process."""
        if self._lock.acquire(timeout=0.5):
            try:
                self._end(kill=False)
            finally:
                self._lock.release()

    def _ask(self, request: dict[str, Any], limits: DecodeLimits) -> DecodedImage:
        process = self._running()
        requests, replies = _pipes(process)
        self._files += 1
        deadline = time.monotonic() + limits.wall_seconds
        try:
            requests.write(json.dumps({**request, "limits": asdict(limits)}).encode() + b"\n")
            requests.flush()
        except OSError as error:
            raise _GoneError from error
        stream = replies.fileno()
        head = _read_head(stream, deadline)
        if not head["ok"]:
            known = BY_NAME.get(head["error"])
            if known is None:
                _log.error("The decoder failed on a file:\n%s", head["message"])
                raise DamagedImage(_CRASHED)
            raise known(head["message"])
        pixels: NDArray[np.uint8] = np.empty((head["height"], head["width"], 3), np.uint8)
        _read_into(stream, pixels.reshape(-1).data, deadline)
        return DecodedImage(
            pixels, head["width"], head["height"], head["um_per_px"], tuple(head["notices"]), head["format"]
        )

    def _running(self) -> subprocess.Popen[bytes]:
        if self._owner != os.getpid():
            # After a fork the pipes belong to the parent: two readers would take each other's replies.
            self._process = None
        elif self._process is not None and (
            self._process.poll() is not None or self._files >= FILES_PER_CHILD
        ):
            self._end(kill=False)
        if self._process is None:
            self._process = _start()
            self._owner = os.getpid()
            self._files = 0
        return self._process

    def _end(self, *, kill: bool) -> int | None:
        process, self._process = self._process, None
        if process is None or self._owner != os.getpid():
            return None
        with contextlib.suppress(OSError):
            _pipes(process)[0].close()
        if kill and process.poll() is None:
            # Give a child that is already dying (SIGXCPU, a crash) the moment to say how it ended.
            with contextlib.suppress(subprocess.TimeoutExpired):
                return self._reap(process, 0.2)
            process.kill()
        try:
            return self._reap(process, 5.0)
        except subprocess.TimeoutExpired:
            process.kill()
            return self._reap(process, None)

    @staticmethod
    def _reap(process: subprocess.Popen[bytes], seconds: float | None) -> int:
        status = process.wait(timeout=seconds)
        _pipes(process)[1].close()
        return status


def _start() -> subprocess.Popen[bytes]:
    root = str(Path(ml.__file__).resolve().parent.parent)
    # Nothing else of our environment: no secret key, no database address, and one thread per library.
    environment = {
        "PATH": os.environ.get("PATH", os.defpath),
        "PYTHONPATH": root,
        "PYTHONNOUSERSITE": "1",
        "LANG": "C.UTF-8",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        # Large blocks straight from the kernel and back to it (mallopt(3)): a child that has served a large file is
        # as small as before. By default glibc keeps them once one was freed.
        "MALLOC_MMAP_THRESHOLD_": "262144",
        "MALLOC_ARENA_MAX": "1",
    }
    return subprocess.Popen(
        [sys.executable, "-m", "ml.images.child"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        # A C decoder's warnings about a stranger's file are noise; faults of ours come back in the reply.
        stderr=subprocess.DEVNULL,
        cwd="/",
        env=environment,
        # Ctrl+C in a terminal is for the caller, which decides what happens to the file in hand.
        start_new_session=True,
    )


def _pipes(process: subprocess.Popen[bytes]) -> tuple[IO[bytes], IO[bytes]]:
    """Return (where requests are written, where replies are read)."""
    if process.stdin is None or process.stdout is None:
        raise RuntimeError("the decoding child was started without pipes")
    return process.stdin, process.stdout


def _wait(stream: int, deadline: float) -> None:
    left = deadline - time.monotonic()
    # poll, not select: a busy server may hold more than 1024 descriptors.
    poller = select.poll()
    poller.register(stream, select.POLLIN | select.POLLHUP)
    if left <= 0 or not poller.poll(left * 1000):
        raise _LateError


def _read_head(stream: int, deadline: float) -> dict[str, Any]:
    size = bytearray(HEAD_PREFIX.size)
    _read_into(stream, memoryview(size), deadline)
    (length,) = HEAD_PREFIX.unpack(size)
    if length > _HEAD_LIMIT:
        raise _GoneError
    text = bytearray(length)
    _read_into(stream, memoryview(text), deadline)
    head: dict[str, Any] = json.loads(text)
    return head


def _read_into(stream: int, target: memoryview, deadline: float) -> None:
    done = 0
    while done < len(target):
        _wait(stream, deadline)
        count = os.readv(stream, [target[done:]])
        if count == 0:
            raise _GoneError
        done += count


_shared = DecoderChild()
atexit.register(_shared.close_at_exit)


def decode_in_child(
    path: str | os.PathLike[str], *, limits: DecodeLimits | None = None, name: str | None = None
) -> DecodedImage:
    """Return the picture in the file at ``path``, decoded by this process's warm child.

    Arguments and errors are those of ``ml.images.decode``; see ``DecoderChild.decode``.
    """
    return _shared.decode(path, limits=limits, name=name)
