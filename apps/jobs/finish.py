"""The ways a claim ends; each needs its token, and each is one transaction."""

from collections.abc import Callable
from typing import Any

from django.db.models import F

from apps.jobs import clock, wake
from apps.jobs.claim import Claim, holding
from apps.jobs.conf import times
from apps.jobs.errors import JobCancelled
from apps.jobs.models import Attempt, Job, Outcome, State

Effect = Callable[[], object]

# What leaves "running" gives its lease back.
_UNLEASED: dict[str, Any] = {"lease_token": None, "lease_expires_at": None}


def succeed(claim: Claim, effect: Effect | None = None) -> None:
    """Write a handler's results and SUCCEEDED in one transaction.

    The token is proved first, so that the effect of a refused attempt is not even begun. When the database goes away
    before the end, nothing of the effect stays, and it may be called again.

    Raises:
        LeaseLost: when the token is not the row's any more; nothing is written.
        JobCancelled: when a person cancelled before this moment; nothing is written.
    """
    with holding(claim) as job:
        if job.cancel_requested:
            raise JobCancelled
        if effect is not None:
            effect()
        done = {"progress_done": F("progress_total")} if job.progress_total is not None else {}
        _end(claim, State.SUCCEEDED, error="", **done)
        close_attempt(claim.job_id, claim.attempt, Outcome.SUCCEEDED)


def has_succeeded(claim: Claim) -> bool:
    """Return whether this very attempt is written down as the one that succeeded."""
    return Attempt.objects.filter(
        job_id=claim.job_id, number=claim.attempt, outcome=Outcome.SUCCEEDED
    ).exists()


def has_ended_itself(claim: Claim) -> bool:
    """Return whether this attempt has ended by its own word, and not because it was given up."""
    return (
        Attempt.objects.filter(job_id=claim.job_id, number=claim.attempt)
        .exclude(outcome__in=[Outcome.RUNNING, Outcome.LOST, Outcome.CRASHED])
        .exists()
    )


def fail(claim: Claim, *, message: str, log: str, retry: bool, outcome: Outcome = Outcome.FAILED) -> State:
    """Record that an attempt ended badly; return where the job stands now.

    It waits for another attempt when ``retry`` and its failures allow, else it is failed with the sentence. A job
    whose cancel was asked for is cancelled instead.

    Raises:
        LeaseLost: when the token is not the row's any more.
    """
    with holding(claim) as job:
        close_attempt(claim.job_id, claim.attempt, outcome, log)
        return after_failure(job, message=message, retry=retry)


def after_failure(job: Job, *, message: str, retry: bool) -> State:
    """Move a job whose attempt ended badly; the caller holds the row and has closed the attempt."""
    failures = job.failures + 1
    row = Job.objects.filter(pk=job.pk, state=State.RUNNING, lease_token=job.lease_token)
    if job.cancel_requested:
        row.update(state=State.CANCELLED, finished_at=clock.now(), failures=failures, **_UNLEASED)
        return State.CANCELLED
    if retry and failures < job.max_attempts:
        wait = min(times().retry_first * 2 ** (failures - 1), times().retry_longest)
        row.update(failures=failures, not_before=clock.ahead(wait), error=message[:500])
        return _requeue(job)
    row.update(
        state=State.FAILED,
        finished_at=clock.now(),
        failures=failures,
        error=message[:500] or "It failed.",
        **_UNLEASED,
    )
    return State.FAILED


def release(claim: Claim) -> State:
    """Give a job back because the worker ends in order; this counts against nothing.

    Raises:
        LeaseLost: when the token is not the row's any more.
    """
    with holding(claim) as job:
        if job.cancel_requested:
            _end(claim, State.CANCELLED)
            close_attempt(claim.job_id, claim.attempt, Outcome.CANCELLED)
            return State.CANCELLED
        close_attempt(claim.job_id, claim.attempt, Outcome.RELEASED)
        return _requeue(job)


def confirm_cancelled(claim: Claim) -> None:
    """Record that a cancelled job's handler has stopped, or will not be listened to any more.

    Raises:
        LeaseLost: when the token is not the row's any more.
    """
    with holding(claim):
        _end(claim, State.CANCELLED)
        close_attempt(claim.job_id, claim.attempt, Outcome.CANCELLED)


def save_checkpoint(claim: Claim, key: str) -> None:
    """Record a complete checkpoint and forget the failures before it.

    Raises:
        LeaseLost: when the token is not the row's any more.
    """
    with holding(claim):
        Job.objects.filter(pk=claim.job_id).update(checkpoint=key, checkpoint_at=clock.now(), failures=0)


def close_attempt(job_id: int, number: int, outcome: Outcome, log: str = "") -> None:
    """Record how an attempt ended, unless that has been recorded already."""
    Attempt.objects.filter(job_id=job_id, number=number, outcome=Outcome.RUNNING).update(
        outcome=outcome, ended_at=clock.now(), log=log[-100_000:]
    )


def _end(claim: Claim, state: State, **more: Any) -> None:
    Job.objects.filter(pk=claim.job_id).update(state=state, finished_at=clock.now(), **_UNLEASED, **more)


def _requeue(job: Job) -> State:
    """Put a job back into its queue with a fresh count of messages, and wake a worker when this commits."""
    Job.objects.filter(pk=job.pk).update(state=State.QUEUED, sent=0, **_UNLEASED)
    wake.on_commit(job_id=job.pk)
    return State.QUEUED
