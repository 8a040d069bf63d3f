"""How far a job is: the one place that writes it and the one that turns it into words and numbers."""

import datetime as dt
import math
from dataclasses import dataclass, field
from typing import Any

from apps.jobs import clock, kinds
from apps.jobs.claim import Claim
from apps.jobs.models import Job, State
from apps.jobs.words import duration, rate_in_words

# A rate from less than this is noise.
_RATE_AFTER_S = 2.0


@dataclass(frozen=True, slots=True)
class Report:
    """One report of a handler; ``done`` and ``total`` count units of ``stage``."""

    done: int | None = None
    total: int | None = None
    stage: str = ""
    message: str = ""
    metrics: dict[str, float] = field(default_factory=dict)


def write(claim: Claim, report: Report, before: Report | None) -> bool | None:
    """Write a report; return whether a cancel is asked for, or None when the lease is not this claim's any more."""
    values: dict[str, Any] = {
        "progress_done": None if report.done is None else max(0, int(report.done)),
        "progress_total": None if report.total is None else max(0, int(report.total)),
        "progress_stage": report.stage[:80],
        "progress_message": report.message[:300],
        "progress_metrics": {k: float(v) for k, v in report.metrics.items() if math.isfinite(v)},
        "progress_at": clock.now(),
    }
    if before is None or before.stage != report.stage or (report.done or 0) < (before.done or 0):
        values |= {"stage_started_at": clock.now(), "stage_started_done": values["progress_done"] or 0}
    held = Job.objects.filter(pk=claim.job_id, lease_token=claim.token, state=State.RUNNING)
    if not held.update(**values):
        return None
    return held.values_list("cancel_requested", flat=True).first()


@dataclass(frozen=True, slots=True)
class ProgressView:
    """A job's progress as page and API show it; times in seconds."""

    state: str
    state_label: str
    stage: str
    message: str
    done: int | None
    total: int | None
    fraction: float | None
    unit: str
    rate: float | None
    rate_words: str
    seconds_left: float | None
    left_words: str
    seconds_waited: float
    seconds_run: float | None
    time_words: str
    cancelling: bool
    ended: bool
    poll_ms: int | None

    @property
    def count_words(self) -> str:
        """Return "3 of 12 fields", "3 fields", or nothing."""
        if self.done is None:
            return ""
        of = "" if self.total is None else f" of {self.total}"
        return f"{self.done}{of} {self.unit}"

    @property
    def percent(self) -> int | None:
        """Return whole per cents, never 100 before the end."""
        if self.fraction is None:
            return None
        return 100 if self.state == State.SUCCEEDED else min(99, int(self.fraction * 100))


def view(job: Job, now: dt.datetime) -> ProgressView:
    """Return a job's progress at a time of the database's clock."""
    unit = kinds.get(job.kind).unit if job.kind in kinds.names() else "steps"
    running = job.state == State.RUNNING
    done, total = job.progress_done, job.progress_total
    fraction = None if done is None or not total else min(1.0, done / total)
    rate = _rate(job) if running else None
    left = (total - done) / rate if rate and done is not None and total is not None and total > done else None
    if left is not None and job.progress_at is not None:
        left = max(0.0, left - (now - job.progress_at).total_seconds())
    waited = ((job.started_at or job.finished_at or now) - job.created_at).total_seconds()
    run = None if job.started_at is None else ((job.finished_at or now) - job.started_at).total_seconds()
    return ProgressView(
        state=job.state,
        state_label=_state_label(job, now),
        stage=job.progress_stage if running else "",
        message=job.progress_message,
        done=done,
        total=total,
        fraction=1.0 if job.state == State.SUCCEEDED else fraction,
        unit=unit,
        rate=rate,
        rate_words=rate_in_words(rate, unit) if rate else "",
        seconds_left=left,
        left_words=_left_words(left),
        seconds_waited=max(0.0, waited),
        seconds_run=run,
        time_words=_time_words(job, waited, run),
        cancelling=running and job.cancel_requested,
        ended=job.ended,
        poll_ms=None if job.ended else _poll_ms(job, now),
    )


def _rate(job: Job) -> float | None:
    """Return units a second since this stage began, or None while that would be noise."""
    if job.stage_started_at is None or job.progress_at is None or job.progress_done is None:
        return None
    seconds = (job.progress_at - job.stage_started_at).total_seconds()
    gained = job.progress_done - job.stage_started_done
    return gained / seconds if seconds >= _RATE_AFTER_S and gained > 0 else None


def _state_label(job: Job, now: dt.datetime) -> str:
    if job.state == State.RUNNING and job.cancel_requested:
        return "Cancelling"
    if job.state == State.QUEUED and job.not_before is not None and job.not_before > now:
        return "Waiting to try again" if job.failures else "Waiting for its time"
    return State(job.state).label


def _left_words(seconds: float | None) -> str:
    if seconds is None:
        return ""
    return "nearly done" if seconds < 1 else f"about {duration(seconds)} left"


def _time_words(job: Job, waited: float, run: float | None) -> str:
    if job.state == State.QUEUED:
        if run is None:
            return f"asked for {duration(waited)} ago"
        return "tried once" if job.attempt == 1 else f"tried {job.attempt} times"
    if run is None:
        return ""
    return f"running for {duration(run)}" if job.state == State.RUNNING else f"took {duration(run)}"


def _poll_ms(job: Job, now: dt.datetime) -> int:
    """Return how soon to ask again: half a second while a person waits for the first result, later less often."""
    since = job.started_at if job.state == State.RUNNING and job.started_at else job.created_at
    return 500 if (now - since).total_seconds() < 10 else 2000
