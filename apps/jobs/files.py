"""Output files of attempts: where they lie, and the sweeping of those that nobody will ever point at.

A file is complete under a path that holds the attempt's number before the transaction opens that points at it. When
that transaction is refused, or never comes, the file means nothing.
"""

import logging
import re
from uuid import UUID

from django.db.models import Q
from django.utils import timezone
from django.utils.module_loading import import_string

from apps.core import storage
from apps.jobs import clock, kinds
from apps.jobs.conf import times
from apps.jobs.models import Attempt, Job, Outcome

logger = logging.getLogger(__name__)


def prefix(job_id: UUID, attempt: int) -> str:
    """Return the folder, as part of a storage key, in which an attempt writes."""
    return f"jobs/{job_id}/{attempt}/"


def sweep(*, after_s: float | None = None) -> int:
    """Remove files of attempts that ended without success a while ago; return how many attempts were swept.

    Kept are files that rows point at, and those of an attempt that holds the checkpoint of a job still to go on.

    Args:
        after_s: Seconds since the attempt's end; the site's setting when not given.
    """
    wait = times().sweep_after if after_s is None else after_s
    refused = (
        Attempt.objects.filter(swept_at=None, ended_at__lt=clock.ahead(-wait))
        .exclude(outcome__in=[Outcome.RUNNING, Outcome.SUCCEEDED])
        .select_related("job")
    )
    swept = 0
    for attempt in refused[:1000]:
        if sweep_attempt(attempt):
            swept += 1
    return swept


def sweep_attempt(attempt: Attempt) -> bool:
    """Remove those of an attempt's files that nothing points at, if that can be told; return whether it was done.

    The attempt has ended, so no row can come to point at one of them any more.
    """
    job = Job.objects.only("public_id", "kind", "state", "checkpoint").get(pk=attempt.job_id)
    folder = prefix(job.public_id, attempt.number)
    if not job.ended and job.checkpoint.startswith(folder):
        return False
    if attempt.keeps_files and job.kind not in kinds.names():
        return False  # work of another version of this site, which knows what its rows point at
    named = kinds.get(job.kind).named_files if attempt.keeps_files else ""
    if named:
        _remove_all_but(set(import_string(named)(job_pk=job.pk, prefix=folder)), folder)
    elif not attempt.keeps_files:
        remove(folder)
    Attempt.objects.filter(pk=attempt.pk).update(swept_at=clock.now())
    return bool(named) or not attempt.keeps_files


def sweep_own(*, job_pk: int, number: int) -> None:
    """Remove the files of an attempt that has just been refused, from its own process.

    The sweeper may have been here before this process wrote its last file. A commit whose answer got lost looks
    like a refusal as well, so the row has the last word.
    """
    refused = Attempt.objects.filter(
        ~Q(outcome__in=[Outcome.RUNNING, Outcome.SUCCEEDED]), job_id=job_pk, number=number
    ).first()
    if refused is None:
        return
    try:
        sweep_attempt(refused)
    except storage.StoreAway:
        logger.warning("Files of job %s, attempt %s, are left to the sweeper", job_pk, number)


def _remove_all_but(named: set[str], folder: str) -> None:
    storage.remove_unfinished(folder, before=timezone.now())
    for key in list(storage.every_key(folder)):
        if key not in named:
            storage.delete_key(key)


def remove(folder: str) -> None:
    """Remove a folder of the store with all that is in it, and the job's own folder when it is empty then."""
    if not re.fullmatch(r"jobs/[0-9a-f-]{36}(/[0-9]+)?/?", folder):
        raise ValueError(f"Not a folder of a job's files: {folder!r}.")
    storage.delete_folder(folder)
