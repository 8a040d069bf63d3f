"""Take jobs back from processes that are gone. Safe to run twice at once: every step is conditional."""

import logging
from uuid import UUID

from django.db import transaction

from apps.jobs import clock, processes
from apps.jobs.conf import times
from apps.jobs.finish import after_failure, close_attempt
from apps.jobs.models import Job, Outcome, State

logger = logging.getLogger(__name__)

EXPIRED = (
    "The computer that worked on this stopped or lost its connection. It was tried {failures} times; "
    "ask for it again, or tell an administrator."
)
DIED = "The process that worked on this ended unexpectedly, {failures} times in a row. Tell an administrator."


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
        if processes.is_gone(worker)
    )


def _take_back(
    job_id: int, token: UUID | None, *, outcome: Outcome, log: str, sentence: str, expired: bool = True
) -> bool:
    with transaction.atomic():
        row = Job.objects.filter(pk=job_id, state=State.RUNNING, lease_token=token)
        if expired:
            row = row.filter(lease_expires_at__lt=clock.now())
        # The update locks the row: a beat that comes now waits and then finds its token gone.
        if not row.update(lease_expires_at=clock.ahead(times().lease)):
            return False
        job = Job.objects.get(pk=job_id)
        close_attempt(job.pk, job.attempt, outcome, log)
        state = after_failure(job, message=sentence.format(failures=job.failures + 1), retry=True)
    logger.warning("Job %s, attempt %s: %s Now %s.", job_id, job.attempt, log, state)
    return True
