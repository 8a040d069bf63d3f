"""Jobs about something that is removed for good: their rows, words and files go with it."""

from __future__ import annotations

from collections.abc import Iterable

from apps.core import storage
from apps.jobs import clock, kinds
from apps.jobs.models import ENDED_STATES, Job, State


def files_of(subjects: Iterable[str]) -> list[str]:
    """Return the keys of all that jobs about these subjects have written. Call it outside of a transaction."""
    jobs = Job.objects.filter(subject__in=list(subjects)).values_list("public_id", flat=True)
    return [key for job in jobs for key in storage.every_key(f"jobs/{job}/")]


def forget(subjects: Iterable[str]) -> None:
    """Remove the ended jobs about these subjects; cancel the others and take away what they say.

    A job that runs is asked to stop. What it writes all the same is refused by the database, since what it was about
    is gone, and its files are swept like those of every attempt that failed.
    """
    about = Job.objects.filter(subject__in=list(subjects))
    stop = {"cancel_requested": True, "cancel_requested_at": clock.now()}
    about.filter(state=State.QUEUED).update(state=State.CANCELLED, finished_at=clock.now(), **stop)
    for job in about.filter(state=State.RUNNING):
        known = kinds.get(job.kind).title if job.kind in kinds.names() else job.kind
        Job.objects.filter(pk=job.pk).update(title=known, progress_message="", **stop)
    about.filter(state__in=ENDED_STATES).delete()
