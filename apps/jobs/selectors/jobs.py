"""Reads of jobs."""

import datetime as dt
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q
from django.utils import timezone

from apps.core.errors import NotFound
from apps.jobs import clock
from apps.jobs.models import Attempt, Job, JobQuerySet, State


def jobs_for(user: Any) -> JobQuerySet:
    """Return the jobs a person may see, newest first, with what a list shows."""
    return Job.objects.visible_to(user).select_related("project", "requester").order_by("-id")


def job_for(user: Any, public_id: UUID) -> Job:
    """Return one job that the person may see.

    Raises:
        NotFound: when there is none, or it is not theirs to see.
    """
    job = jobs_for(user).filter(public_id=public_id).first()
    if job is None:
        raise NotFound("There is no such job, or it belongs to a project that you are not a member of.")
    return job


def attempts_of(job: Job) -> list[Attempt]:
    """Return a job's attempts, first to last, with what the machine says about each."""
    return list(job.attempts.order_by("number"))


def ahead_of(job: Job) -> int:
    """Return how many jobs of the same queue will be begun before a waiting one."""
    if job.state != State.QUEUED:
        return 0
    return Job.objects.filter(queue=job.queue, state=State.QUEUED, pk__lt=job.pk).count()


def somebody_waits(queue: str) -> bool:
    """Return whether a job of a queue waits that could run now."""
    waiting = Job.objects.filter(state=State.QUEUED, queue=queue)
    return waiting.filter(Q(not_before=None) | Q(not_before__lte=clock.now())).exists()


def database_now() -> dt.datetime:
    """Return the database's present time, by which ages of jobs and workers are measured."""
    if connection.vendor == "sqlite":
        return timezone.now()  # the same machine by nature
    with connection.cursor() as cursor:
        cursor.execute("SELECT STATEMENT_TIMESTAMP()")
        row: tuple[dt.datetime] = cursor.fetchone()
    return row[0]
