"""Keep a lease, and hear about a cancel or a lost lease, from a thread with a database connection of its own."""

import logging
import threading
import time
from collections.abc import Callable
from contextvars import copy_context
from typing import Self

from django.db import Error, connections

from apps.jobs import clock
from apps.jobs.claim import Claim
from apps.jobs.conf import times
from apps.jobs.errors import Reason
from apps.jobs.models import Job, State
from apps.jobs.stopping import StopFlag

logger = logging.getLogger(__name__)


def beat(claim: Claim) -> bool | None:
    """Extend the lease; return whether a cancel is asked for, or None when the lease is not this claim's any more."""
    held = Job.objects.filter(pk=claim.job_id, lease_token=claim.token, state=State.RUNNING)
    if not held.update(heartbeat_at=clock.now(), lease_expires_at=clock.ahead(times().lease)):
        return None
    return watch(claim)


def watch(claim: Claim) -> bool | None:
    """Return whether a cancel is asked for, or None when the lease is not this claim's any more."""
    return (
        Job.objects.filter(pk=claim.job_id, lease_token=claim.token, state=State.RUNNING)
        .values_list("cancel_requested", flat=True)
        .first()
    )


class Heartbeat:
    """Beat and watch for one running claim until its block ends.

    The first look comes after one watch period, so that a job of a few milliseconds costs no connection.

    Args:
        claim: What to keep.
        stop: Told why the handler has to stop.
        each_watch: Called after every look, in the same thread; the place for limits.
    """

    def __init__(self, claim: Claim, stop: StopFlag, each_watch: Callable[[], None] | None = None) -> None:
        self._claim = claim
        self._stop = stop
        self._each_watch = each_watch
        self._ended = threading.Event()
        # A thread begins without the context that the log's lines take the job from.
        self._thread = threading.Thread(
            target=copy_context().run, args=(self._run,), name=f"heartbeat-{claim.job_id}", daemon=True
        )
        self._beaten = time.monotonic()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        try:
            while not self._ended.wait(times().watch):
                self._look()
                self._look_at_limits()
        finally:
            connections.close_all()

    def _look_at_limits(self) -> None:
        """Look at the limits; one that could not be written down is found used up again at the next look."""
        if self._each_watch is None:
            return
        try:
            self._each_watch()
        except Error:
            logger.warning("The limits of job %s could not be kept yet", self._claim.job_id, exc_info=True)
            connections.close_all()

    def _look(self) -> None:
        """Look once; a database that does not answer is borne, however long.

        Perhaps the lease runs out meanwhile. But as long as the database is away nobody else can get the job, and
        when it is back the reaper waits until all who live have renewed theirs.
        """
        now = time.monotonic()
        try:
            if now - self._beaten >= times().beat:
                cancel = beat(self._claim)
                self._beaten = now
            else:
                cancel = watch(self._claim)
        except Error:
            logger.warning(
                "No heartbeat for job %s: the database does not answer", self._claim.job_id, exc_info=True
            )
            connections.close_all()
            return
        if cancel is None:
            self._stop.set(Reason.LOST)
        elif cancel:
            self._stop.set(Reason.CANCELLED)
