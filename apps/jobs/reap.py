"""Take jobs back from processes that are gone. Safe to run twice at once: every step is conditional."""

import datetime as dt
import logging
import time
from uuid import UUID

from django.db import connection, transaction

from apps.jobs import clock, processes
from apps.jobs.conf import times
from apps.jobs.finish import after_failure, close_attempt
from apps.jobs.models import Job, Outcome, State
from apps.jobs.selectors import database_now

logger = logging.getLogger(__name__)

EXPIRED = (
    "The computer that worked on this stopped or lost its connection. It was tried {failures} times; "
    "ask for it again, or tell an administrator."
)
DIED = "The process that worked on this ended unexpectedly, {failures} times in a row. Tell an administrator."


class Watch:
    """Know whether those who live have had the time to renew their leases, as seen from the reaper's rounds.

    A lease that ran out tells of a dead worker only when a living one could have renewed it. None could while the
    database was away, nor while the computer slept, and all leases run out at once when somebody sets its clock ahead.
    After any of these, and after its own start, a reaper waits two beats before it takes leases for what they say.
    """

    def __init__(self) -> None:
        self._since: float | None = None
        self._left: tuple[dt.datetime, float] | None = None

    def round_begins(self) -> None:
        """Look at both clocks; to be called when the database has taken a write."""
        now = time.monotonic()
        if (
            self._since is None
            or self._left is None
            or self._jumped(database_now() - self._left[0], now - self._left[1])
        ):
            self._since = now

    def round_ends(self) -> None:
        """Remember both clocks before the pause."""
        self._left = (database_now(), time.monotonic())

    def was_broken(self) -> None:
        """Note that the database did not answer."""
        self._since = self._left = None

    def may_judge(self) -> bool:
        """Return whether a lease that ran out means a dead worker."""
        return self._since is not None and time.monotonic() - self._since >= 2 * times().beat

    @staticmethod
    def _jumped(by_database: dt.timedelta, by_own_clock: float) -> bool:
        """Return whether more, or less, time has passed since the last round than the pause between two."""
        bearable = (times().lease - times().beat) / 2
        passed = by_database.total_seconds()
        return abs(passed - by_own_clock) > bearable or by_own_clock > times().reap + bearable


def shorten_leases() -> int:
    """Cut leases that end too late because the clock was set back; return how many. Those who live renew them."""
    too_long = Job.objects.filter(state=State.RUNNING, lease_expires_at__gt=clock.ahead(2 * times().lease))
    return too_long.update(lease_expires_at=clock.ahead(times().lease))


def reap_expired() -> int:
    """Re-queue or fail every job whose lease ran out; return how many."""
    expired = Job.objects.filter(state=State.RUNNING, lease_expires_at__lt=clock.now())
    return sum(
        _take_back(job_id, token, outcome=Outcome.LOST, log="The lease ran out.", sentence=EXPIRED)
        for job_id, token in expired.values_list("pk", "lease_token")
    )


def reap_dead_neighbours() -> int:
    """Re-queue or fail jobs whose worker was a process of this machine that is gone; return how many.

    Only a short cut: the lease would run out by itself. It brings work back at once after a crash.
    """
    alone = connection.vendor == "sqlite"
    running = Job.objects.filter(state=State.RUNNING).values_list("pk", "lease_token", "worker")
    return sum(
        _take_back(
            job_id,
            token,
            outcome=Outcome.CRASHED,
            log=f"Process {worker} is gone.",
            sentence=DIED,
            expired=False,
        )
        for job_id, token, worker in running
        if processes.is_gone(worker, alone=alone)
    )


def _take_back(
    job_id: int, token: UUID | None, *, outcome: Outcome, log: str, sentence: str, expired: bool = True
) -> bool:
    with transaction.atomic():
        # The row stays locked: a beat that comes now waits and then finds its token gone. One that somebody else holds
        # is left for another round: he may be a process that stands still inside its last transaction.
        row = Job.objects.select_for_update(skip_locked=True)
        row = row.filter(pk=job_id, state=State.RUNNING, lease_token=token)
        if expired:
            row = row.filter(lease_expires_at__lt=clock.now())
        job = row.first()
        if job is None:
            return False
        close_attempt(job.pk, job.attempt, outcome, log)
        state = after_failure(job, message=sentence.format(failures=job.failures + 1), retry=True)
    logger.warning("Job %s, attempt %s: %s Now %s.", job_id, job.attempt, log, state)
    return True
