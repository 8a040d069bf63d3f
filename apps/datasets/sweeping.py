"""Remove exports whose time is over, archives of imports that nobody finished, and names; run by the jobs' schedule."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from apps.core import storage
from apps.datasets import limits
from apps.datasets.models import Export, ExportState, Import, ImportedPicture, ImportRemark, ImportState
from apps.datasets.receiving import PREFIX
from apps.datasets.services.exports import expire
from apps.jobs.models import ACTIVE_STATES

_AT_ONCE = 200


def sweep() -> None:
    """Do all of it."""
    now = timezone.now()
    for export in Export.objects.filter(state=ExportState.READY, expires_at__lt=now)[:_AT_ONCE]:
        expire(export)
    _let_go(now - limits.SOURCES_KEPT)
    _forget_names(now - limits.NAMES_KEPT)
    _remove_strays(now - limits.SOURCES_KEPT)


def _let_go(before: datetime) -> None:
    """Remove the archives of imports that nobody went on with; their line and what was stored stay."""
    stale = Import.objects.exclude(source_key="").filter(created_at__lt=before)
    for source in stale.exclude(job__state__in=ACTIVE_STATES).exclude(state=ImportState.DONE)[:_AT_ONCE]:
        if source.job is not None and source.job.finished_at and source.job.finished_at > before:
            continue
        storage.delete_key(source.source_key)
        Import.objects.filter(pk=source.pk).update(source_key="")


def _forget_names(before: datetime) -> None:
    """Forget what the files of an archive were called: a name may be a person's."""
    old = Import.objects.filter(finished_at__lt=before)
    ImportedPicture.objects.filter(source__in=old).exclude(path="").update(path="")
    ImportRemark.objects.filter(source__in=old).exclude(path="", place="").update(path="", place="")


def _remove_strays(before: datetime) -> None:
    """Remove archives that no row names and half-written ones: the process ended in between."""
    known = set(Import.objects.exclude(source_key="").values_list("source_key", flat=True))
    for entry in storage.entries(PREFIX):
        if entry.key not in known and entry.modified < before:
            storage.delete_key(entry.key)
    storage.remove_unfinished(PREFIX, before=before)
