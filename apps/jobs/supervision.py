"""Run a long job in a child process that can be killed, gives all its memory back and starts CUDA cleanly."""

import contextlib
import datetime as dt
import logging
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from typing import IO

from django.conf import settings
from django.db import Error, connection

from apps.jobs import files, finish, kinds
from apps.jobs.claim import Claim
from apps.jobs.conf import times
from apps.jobs.errors import LeaseLost
from apps.jobs.execution import fence, fence_cancelled, overrun
from apps.jobs.heartbeat import beat
from apps.jobs.models import Attempt, Job, Outcome, State
from apps.jobs.patience import insist

logger = logging.getLogger(__name__)

_LOG_TAIL = 20_000
_THREAD_VARIABLES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "OPENCV_FOR_THREADS_NUM")


def child_threads() -> int:
    """Return how many threads a child computes with: one core stays free for short jobs and the site."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, cores - 1)


def run_in_child(held: Claim, *, shutdown: threading.Event) -> Outcome:
    """Run a claim in a child process, watch over it, and record the end that it could not record itself."""
    with tempfile.TemporaryFile() as log:
        process = _start(held, log)
        try:
            _Watch(held, process, shutdown).until_exit()
        finally:
            _kill_group(process)
            process.wait()
        return _outcome(held, process.returncode, _tail(log), shutdown)


def _start(held: Claim, log: IO[bytes]) -> "subprocess.Popen[bytes]":
    threads = str(child_threads())
    # What the child says is kept for the case that it dies; the lines of its log go where this process's go, too.
    ours = os.dup(2)
    try:
        process = subprocess.Popen(
            [sys.executable, "-m", "apps.jobs.child", str(ours)],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            pass_fds=[ours],
            cwd=settings.BASE_DIR,
            env={**os.environ, **dict.fromkeys(_THREAD_VARIABLES, threads)},
            start_new_session=True,
        )
    finally:
        os.close(ours)
    # The pipe stays open: its end tells the child that this process is gone.
    _tell(process, held.to_json())
    return process


def _tell(process: "subprocess.Popen[bytes]", line: str) -> None:
    if process.stdin is None:
        return
    with contextlib.suppress(BrokenPipeError):
        process.stdin.write(line.encode() + b"\n")
        process.stdin.flush()


class _Watch:
    """Watch one child: cancel, limits, lost lease, shutdown."""

    def __init__(self, held: Claim, process: "subprocess.Popen[bytes]", shutdown: threading.Event) -> None:
        self._held = held
        self._kind = kinds.get(held.kind)
        self._process = process
        self._shutdown = shutdown
        self._started = time.monotonic()
        self._beaten = self._started
        self._heard: dt.datetime | None = None
        self._heard_at = self._started
        self._cancel_since: float | None = None
        self._stop_since: float | None = None
        self._terminated_at: float | None = None
        self._done_at: float | None = None

    def until_exit(self) -> None:
        """Return when the child has ended, by itself or by our hand."""
        looked = time.monotonic()
        while self._process.poll() is None:
            self._shutdown_step()
            now = time.monotonic()
            if now - looked >= times().watch:
                looked = now
                self._row_step()
            if self._terminated_at is not None and now - self._terminated_at >= times().kill_grace:
                _kill_group(self._process)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(timeout=0.1)

    def _row_step(self) -> None:
        """Keep the lease, also while the child is still starting, and look at the row: flag, terminate, kill."""
        try:
            if time.monotonic() - self._beaten >= times().beat:
                self._beaten = time.monotonic()
                beat(self._held)
            row = self._row()
            done = row is None and finish.has_ended_itself(self._held)
        except Error:
            logger.warning(
                "Job %s cannot be watched: the database does not answer", self._held.job_id, exc_info=True
            )
            connection.close()
            self._heard_at = time.monotonic()  # the child can report as little as we can read
            return
        if row is None:
            self._without_lease(done=done)
            return
        cancel, heard = row
        now = time.monotonic()
        if heard != self._heard:
            self._heard, self._heard_at = heard, now
        if cancel:
            self._cancel_since = self._cancel_since or now
            if now - self._cancel_since >= times().cancel_grace:
                fence_cancelled(self._held)
                self._terminate("it was cancelled and did not stop")
            return
        broken = overrun(self._kind, ran=now - self._started, silent=now - self._heard_at)
        if broken is not None:
            fence(self._held, message=broken)
            self._terminate(broken)

    def _row(self) -> tuple[bool, dt.datetime | None] | None:
        """Return whether a cancel is asked for and when the child last reported; None when the lease is lost.

        The time serves to tell one report from the next. How long ago it was is measured by this process's own clock,
        which neither stands still with the database nor jumps when somebody sets the time or wakes the computer.
        """
        return (
            Job.objects.filter(pk=self._held.job_id, lease_token=self._held.token, state=State.RUNNING)
            .values_list("cancel_requested", "progress_at")
            .first()
        )

    def _without_lease(self, *, done: bool) -> None:
        """End a child whose job was taken away; one that has written its own end may take its time to go."""
        now = time.monotonic()
        self._done_at = self._done_at or (now if done else None)
        if self._done_at is None:
            self._terminate("its lease is somebody else's")
        elif now - self._done_at >= times().kill_grace:
            self._terminate("it is done and does not end")

    def _shutdown_step(self) -> None:
        if not self._shutdown.is_set():
            return
        now = time.monotonic()
        if self._stop_since is None:
            self._stop_since = now
            _tell(self._process, "stop")
        elif now - self._stop_since >= times().stop_grace and self._terminated_at is None:
            with contextlib.suppress(LeaseLost):
                finish.release(self._held)
            self._terminate("it did not stop in time for the shutdown")

    def _terminate(self, why: str) -> None:
        if self._terminated_at is None:
            logger.warning("Job %s, attempt %s is ended: %s", self._held.job_id, self._held.attempt, why)
            self._terminated_at = time.monotonic()
            _signal_group(self._process, signal.SIGTERM)


def _signal_group(process: "subprocess.Popen[bytes]", number: signal.Signals) -> None:
    """Send a signal to the child and all it started; the child leads a session, so its number names the group."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


def _kill_group(process: "subprocess.Popen[bytes]") -> None:
    _signal_group(process, signal.SIGKILL)


def _tail(log: IO[bytes]) -> str:
    size = log.seek(0, os.SEEK_END)
    log.seek(max(0, size - _LOG_TAIL))
    return log.read().decode("utf-8", errors="replace")


def _outcome(held: Claim, code: int, tail: str, shutdown: threading.Event) -> Outcome:
    """Return how the attempt ended; a child that died without a word is recorded as a crash here."""

    def record() -> None:
        finish.fail(
            held,
            message=_crash_sentence(code),
            log=f"The process ended with {_code_words(code)}.\n{tail}",
            retry=True,
            outcome=Outcome.CRASHED,
        )

    # Refused in the usual case, when the child, or the watch above, has recorded the end.
    with contextlib.suppress(LeaseLost):
        insist(record, shutdown=shutdown)
    if tail and code != 0:
        logger.warning("Job %s: its process ended with %s\n%s", held.job_id, _code_words(code), tail)
    attempt = insist(
        lambda: Attempt.objects.filter(job_id=held.job_id, number=held.attempt).first(), shutdown=shutdown
    )
    if attempt is None:
        return Outcome.LOST
    if attempt.outcome == Outcome.LOST:
        files.sweep_own(job_pk=held.job_id, number=held.attempt)
    return Outcome(attempt.outcome)


def _code_words(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    try:
        return f"signal {signal.Signals(-code).name}"
    except ValueError:
        return f"signal {-code}"


def _crash_sentence(code: int) -> str:
    if code == -signal.SIGKILL:
        return "The computer ended this work, most likely because memory ran out. Tell an administrator."
    return "The process that worked on this ended unexpectedly. Tell an administrator."
