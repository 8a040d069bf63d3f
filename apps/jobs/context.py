"""What a handler gets: who it works for, how to report, when to stop, where to write."""

import logging
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.db import Error, connection

from apps.jobs import files, finish
from apps.jobs.claim import Claim, holding
from apps.jobs.conf import times
from apps.jobs.errors import JobCancelled, LeaseLost, Reason
from apps.jobs.models import Attempt, Job
from apps.jobs.patience import AWAY
from apps.jobs.progress import Report, write
from apps.jobs.stopping import StopFlag

logger = logging.getLogger(__name__)


class JobContext:
    """One attempt, as its handler sees it. Serves as an ``ml.contracts.CancelToken`` too.

    Use it from the handler's own thread.
    """

    def __init__(self, claim: Claim, stop: StopFlag) -> None:
        job = Job.objects.only("requester_id", "project_id", "checkpoint", "params").get(pk=claim.job_id)
        self._claim = claim
        self._stop = stop
        self._pending: Report | None = None
        self._written: Report | None = None
        self._written_at = -times().progress
        self.reported_at = time.monotonic()
        self.told_to_stop = False  # whether the handler has been answered "yes" by ``cancelled``
        self.job_id = claim.public_id
        self.job_pk = claim.job_id
        self.attempt = claim.attempt
        self.requester_id: int | None = job.requester_id
        self.project_id: int | None = job.project_id
        self.checkpoint_key: str = job.checkpoint
        self.params: Any = job.params  # as JSON; the handler gets the object

    def progress(
        self,
        *,
        done: int | None = None,
        total: int | None = None,
        stage: str = "",
        message: str = "",
        metrics: Mapping[str, float] | None = None,
    ) -> None:
        """Report how far the work is; written at most once a second, the newest report wins.

        Args:
            done: Units of this stage that are finished, or None when they cannot be counted.
            total: Units of this stage altogether.
            stage: What is being done, in a word or two.
            message: A line for the person who waits.
            metrics: Named numbers of a training step.

        Raises:
            JobStopped: when the job must stop, for whatever reason.
        """
        self.reported_at = time.monotonic()
        self._stop.check()
        report = Report(done=done, total=total, stage=stage, message=message, metrics=dict(metrics or {}))
        self._pending = report if report != self._written else None
        if self._pending and self.reported_at - self._written_at >= times().progress:
            self.flush()

    def still_here(self) -> None:
        """Note that this attempt is no standstill although it reports nothing."""
        self.reported_at = time.monotonic()

    def flush(self) -> None:
        """Write the newest report now, or later when the database is away: no work is given up for a report.

        Raises:
            LeaseLost: when the job is another attempt's by now.
            JobCancelled: when a person has cancelled it.
        """
        if self._pending is None:
            return
        try:
            cancel = write(self._claim, self._pending, self._written)
        except AWAY:
            if connection.in_atomic_block:
                raise
            logger.warning("No report of job %s: the database does not answer", self.job_pk, exc_info=True)
            connection.close()
            self._written_at = time.monotonic()
            return
        self._written, self._pending = self._pending, None
        self._written_at = time.monotonic()
        if cancel is None:
            self._stop.set(Reason.LOST)
            raise LeaseLost
        if cancel:
            self._stop.set(Reason.CANCELLED)
            raise JobCancelled

    def flush_quietly(self) -> None:
        """Write the newest report if that is possible; for the moment when the work has gone wrong anyway."""
        try:
            self.flush()
        except (Error, LeaseLost, JobCancelled):
            self._pending = None

    def cancelled(self) -> bool:
        """Return whether the work must stop, for whatever reason; the poll of ``ml``'s loops.

        What a handler returns after it has heard "yes" may be half done, and is dropped.
        """
        self.told_to_stop = self.told_to_stop or self._stop.reason is not None
        return self.told_to_stop

    @contextmanager
    def transaction(self, *, advances: bool = False) -> Iterator[None]:
        """Open a transaction for an effect that stays even when the attempt ends badly later.

        It first proves that this attempt still holds the job, so that a process that was given up cannot write
        beside its successor. Files of such an attempt that rows point at are never swept, see ``JobKind.named_files``.

        Args:
            advances: That no later attempt will have to do this again. Failures before it are forgotten, as with a
                checkpoint: a job that gets ahead with each attempt is not given up.

        Raises:
            LeaseLost: when the job is another attempt's by now.
            JobCancelled: when a person has cancelled it; nothing further is begun.
        """
        self._stop.check()
        with holding(self._claim) as job:
            if job.cancel_requested:
                self._stop.set(Reason.CANCELLED)
                raise JobCancelled
            yield
            if advances and job.failures:
                Job.objects.filter(pk=self.job_pk).update(failures=0)
            Attempt.objects.filter(job_id=self.job_pk, number=self.attempt, keeps_files=False).update(
                keeps_files=True
            )

    def save_checkpoint(self, key: str) -> None:
        """Record a checkpoint whose file is complete; failures before it are forgotten.

        Raises:
            LeaseLost: when the job is another attempt's by now.
        """
        finish.save_checkpoint(self._claim, key)
        self.checkpoint_key = key

    def output_prefix(self) -> str:
        """Return the folder of this attempt's output files; those of a refused attempt are swept."""
        return files.prefix(self.job_id, self.attempt)
