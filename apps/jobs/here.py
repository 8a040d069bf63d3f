"""Running a job in the process that asks for it: for commands of the machine's operator."""

from __future__ import annotations

from apps.jobs import execution, processes
from apps.jobs.models import Job, State


def run_here(job: Job, *, name: str) -> None:
    """Run a job in this process until it has ended; a worker that claims it first does it instead.

    Args:
        job: A job that waits; its row is read again.
        name: What the worker's name begins with.
    """
    worker = processes.own_name(name)
    job.refresh_from_db()
    while job.state == State.QUEUED and job.not_before is None:
        if execution.execute(job.pk, job.attempt, worker=worker) is None:
            return
        job.refresh_from_db()
