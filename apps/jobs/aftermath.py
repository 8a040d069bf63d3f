"""What the ledger needs after its database was restored from a copy: the workers of then are not there now."""

from __future__ import annotations

from dataclasses import dataclass

from apps.core import storage
from apps.core.errors import NotFound
from apps.jobs import clock
from apps.jobs.embedded import give_back_all
from apps.jobs.models import Job, State, Worker


@dataclass(frozen=True, slots=True)
class HandedBack:
    """Jobs that ran when the copy was made and wait again, and those that were cancelled then; in jobs."""

    waiting: int
    cancelled: int


def hand_back() -> HandedBack:
    """Give every job that ran at the moment of the copy back to its queue, as an orderly shutdown would.

    Nothing counts against them. A checkpoint that did not come along is forgotten, so that the job begins anew
    instead of failing. Messages are due again, and workers that are not there are not listed.
    """
    running = Job.objects.filter(state=State.RUNNING)
    cancelled = running.filter(cancel_requested=True).count()
    waiting = running.count() - cancelled
    for worker in set(running.values_list("worker", flat=True)):
        give_back_all(worker)
    for job in Job.objects.filter(state=State.QUEUED).exclude(checkpoint=""):
        if not _is_stored(job.checkpoint):
            Job.objects.filter(pk=job.pk).update(checkpoint="", checkpoint_at=None)
    Job.objects.filter(state=State.QUEUED).update(sent=0, resend_at=clock.now())
    Worker.objects.all().delete()
    return HandedBack(waiting=waiting, cancelled=cancelled)


def _is_stored(key: str) -> bool:
    try:
        storage.open_key(key).close()
    except (NotFound, ValueError):
        return False
    return True
