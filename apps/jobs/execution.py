"""The one function that runs a job, whoever was woken and however: claim, keep the lease, handler, finish."""

import logging
import threading
import time
import traceback
from collections.abc import Callable
from uuid import uuid4

from django.utils.module_loading import import_string

from apps.core import context as work
from apps.core.errors import DomainError, Unavailable
from apps.jobs import files, finish, kinds, params
from apps.jobs.claim import Claim, claim
from apps.jobs.conf import times
from apps.jobs.context import JobContext
from apps.jobs.errors import JobFailed, JobStopped, LeaseLost, Reason
from apps.jobs.heartbeat import Heartbeat
from apps.jobs.models import Job, Outcome
from apps.jobs.patience import AWAY, insist
from apps.jobs.stopping import StopFlag
from apps.jobs.words import duration
from ml.errors import MLError

logger = logging.getLogger(__name__)

BROKEN = "Something went wrong inside {what}. The details are in the log for the administrator."
DATABASE = "The database did not answer while this was worked on."

# Called again and again while a handler of this process does not stop although it must.
OnStuck = Callable[[], None]


def execute(
    job_id: int,
    attempt: int,
    *,
    worker: str,
    shutdown: threading.Event | None = None,
    on_stuck: OnStuck | None = None,
) -> Outcome | None:
    """Run a job whose message or row was found; return how the attempt ended, or None when it was not ours to run.

    Args:
        job_id: Number of the row.
        attempt: Claims so far, as the message or the row said.
        worker: Name of this process, see ``processes.own_name``.
        shutdown: Set when the process ends in order; the job is then given back.
        on_stuck: What to do about a handler that does not stop; without it the process waits.
    """
    token = uuid4()
    held = insist(
        lambda: claim(job_id=job_id, attempt=attempt, worker=worker, token=token), shutdown=shutdown
    )
    if held is None:
        return None
    with work.of_job(**held.for_the_log()):
        begin = time.monotonic()
        if held.queue == kinds.GPU_LONG:
            from apps.jobs import supervision  # only here, so that a child does not import its own supervisor

            outcome = supervision.run_in_child(held, shutdown=shutdown or threading.Event())
        else:
            outcome = run_claimed(held, shutdown=shutdown, on_stuck=on_stuck)
        seconds = round(time.monotonic() - begin, 2)
        told = {"outcome": str(outcome), "seconds": seconds}
        logger.info("%s: %s after %.2f s", held.kind, outcome, seconds, extra={"fields": told})
    return outcome


def run_claimed(
    held: Claim, *, shutdown: threading.Event | None, on_stuck: OnStuck | None = None, limited: bool = True
) -> Outcome:
    """Run the handler of a claim in this process and record how it ended.

    Args:
        held: The claim.
        shutdown: Set when the process ends in order.
        on_stuck: What to do about a handler that does not stop.
        limited: Whether to watch the kind's limits here; a child's limits are watched by its parent.
    """
    stop = StopFlag(shutdown)
    kind = kinds.get(held.kind)
    try:
        context = insist(lambda: JobContext(held, stop), shutdown=shutdown)
    except Job.DoesNotExist:  # deleted with its project in this very moment
        return Outcome.LOST
    limits = Limits(held, kind, context, stop, on_stuck)
    with Heartbeat(held, stop, limits.watch if limited else None):
        outcome = _run(held, kind, context, stop)
    if outcome is Outcome.LOST:
        files.sweep_own(job_pk=held.job_id, number=held.attempt)
    return outcome


def _run(held: Claim, kind: kinds.JobKind, context: JobContext, stop: StopFlag) -> Outcome:
    try:
        handler = import_string(kind.handler)
        effect = handler(context, params.decode(kind.params, context.params))
        if context.told_to_stop:
            stop.check()
        context.flush()
        _succeed(held, effect, context, stop)
    except JobStopped as stopped:
        return _stopped(held, stop.reason or stopped.reason, context, stop)
    except Exception as error:  # noqa: BLE001 - whatever a handler raises ends its job, not the worker
        if stop.reason is not None:
            return _stopped(held, stop.reason, context, stop)
        context.flush_quietly()
        return _failed(held, kind, error, stop)
    return Outcome.SUCCEEDED


def _succeed(held: Claim, effect: finish.Effect | None, context: JobContext, stop: StopFlag) -> None:
    """Write the results and SUCCEEDED; once more when the database went away, unless only its answer got lost."""
    tried = False

    def act() -> None:
        nonlocal tried
        if tried and finish.has_succeeded(held):
            return
        tried = True
        finish.succeed(held, effect)

    # To wait for the database is no standstill of the handler, which has done its part.
    insist(act, shutdown=stop.shutdown, meanwhile=context.still_here)


def _stopped(held: Claim, reason: Reason, context: JobContext, stop: StopFlag) -> Outcome:
    """Record the end of a handler that was asked to stop and did."""
    try:
        if reason is Reason.CANCELLED:
            insist(lambda: finish.confirm_cancelled(held), shutdown=stop.shutdown)
            return Outcome.CANCELLED
        if reason in {Reason.SHUTDOWN, Reason.MORE}:
            context.flush_quietly()
            insist(lambda: finish.release(held), shutdown=stop.shutdown)
            return Outcome.RELEASED
    except LeaseLost:
        pass
    logger.warning("Job %s, attempt %s: %s, its results are dropped", held.job_id, held.attempt, reason)
    return Outcome.LOST


def _failed(held: Claim, kind: kinds.JobKind, error: Exception, stop: StopFlag) -> Outcome:
    """Record an error: a sentence for the person, the traceback for the log."""
    log = "".join(traceback.format_exception(error))
    if isinstance(error, JobFailed):
        message, retry = error.message, error.retry
    elif isinstance(error, DomainError | MLError):
        message, retry = error.message, isinstance(error, Unavailable)
    else:
        away = isinstance(error, AWAY)
        message, retry = DATABASE if away else BROKEN.format(what=kind.title.lower()), True
        logger.error("Job %s, attempt %s failed", held.job_id, held.attempt, exc_info=error)
    try:
        insist(
            lambda: finish.fail(held, message=message, log=log, retry=retry),
            shutdown=stop.shutdown,
        )
    except LeaseLost:
        return Outcome.LOST
    return Outcome.FAILED


class Limits:
    """Watch the limits of a handler that runs in this process, from its heartbeat's thread.

    A thread cannot be killed. So the job is taken away from it first (nothing it does counts from then on), it is
    asked to stop, and when it does not listen the process has to go.
    """

    def __init__(
        self, held: Claim, kind: kinds.JobKind, context: JobContext, stop: StopFlag, on_stuck: OnStuck | None
    ) -> None:
        self._held = held
        self._kind = kind
        self._context = context
        self._stop = stop
        self._on_stuck = on_stuck
        self._started = time.monotonic()
        self._asked_at: float | None = None

    def watch(self) -> None:
        """Look at the limits once."""
        now = time.monotonic()
        reason = self._stop.reason
        if reason is None:
            broken = overrun(self._kind, ran=now - self._started, silent=now - self._context.reported_at)
            if broken is None:
                return
            fence(self._held, message=broken)
            self._stop.set(Reason.OVERRUN)
            reason = Reason.OVERRUN
        if self._asked_at is None:
            self._asked_at = now
        waited = now - self._asked_at
        if reason is Reason.CANCELLED and waited >= times().cancel_grace:
            fence_cancelled(self._held)
            self._stop.set(Reason.LOST)
        if (
            reason is not Reason.SHUTDOWN
            and waited >= times().cancel_grace + times().kill_grace
            and self._on_stuck
        ):
            logger.error("Job %s does not stop; its process is replaced", self._held.job_id)
            self._on_stuck()


def overrun(kind: kinds.JobKind, *, ran: float, silent: float) -> str | None:
    """Return the sentence about a limit that is used up, or None; times in seconds."""
    if ran > kind.wall_clock_s:
        return f"It ran longer than the {duration(kind.wall_clock_s)} that it may take, and was stopped."
    if silent > kind.no_progress_s:
        return f"It made no progress for {duration(kind.no_progress_s)}, and was stopped."
    return None


def fence(held: Claim, *, message: str) -> None:
    """Take a job away from its handler and fail it with a sentence; nothing the handler does counts from then on."""
    try:
        finish.fail(held, message=message, log=message, retry=False)
    except LeaseLost:
        logger.info("Job %s was taken from its handler already", held.job_id)


def fence_cancelled(held: Claim) -> None:
    """Take a cancelled job away from a handler that does not listen."""
    try:
        finish.confirm_cancelled(held)
    except LeaseLost:
        logger.info("Job %s was taken from its handler already", held.job_id)
