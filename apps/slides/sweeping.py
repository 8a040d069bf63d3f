"""Remove what unfinished uploads left behind; run by the schedule of the jobs room."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from apps.core import storage
from apps.jobs.models import ACTIVE_STATES
from apps.slides.models import FileState, Upload, UploadFile, UploadState
from apps.slides.receiving import PREFIX

KEPT_FOR = timedelta(days=1)
NEVER_FINISHED = "The upload was not finished within a day, so this file was not stored. Add it again."


def sweep() -> None:
    """Give up uploads that nobody finished for a day, forget names, and remove files of which no row knows."""
    before = timezone.now() - KEPT_FOR
    stale = Upload.objects.filter(files__created_at__lt=before).exclude(files__temp_key="").distinct()
    for upload in stale.exclude(job__state__in=ACTIVE_STATES):
        _give_up(upload.pk)
    Upload.objects.filter(created_at__lt=before, state=UploadState.OPEN, files=None).delete()
    _forget_names(before)
    _remove_strays(before)


def _give_up(upload_id: int) -> None:
    with transaction.atomic():
        upload = Upload.objects.select_for_update(of=("self",)).select_related("job").get(pk=upload_id)
        newest = upload.files.order_by("-created_at").first()
        if newest is None or newest.created_at > timezone.now() - KEPT_FOR:
            return
        if upload.job is not None and upload.job.state in ACTIVE_STATES:
            return
        left = list(upload.files.exclude(temp_key=""))
        waiting = upload.files.filter(state=FileState.WAITING)
        waiting.update(state=FileState.FAILED, message=NEVER_FINISHED)
        Upload.objects.filter(pk=upload.pk).update(state=UploadState.DONE)
    for file in left:
        _remove(file)
    UploadFile.objects.filter(pk__in=[file.pk for file in left]).update(temp_key="")


def _forget_names(before: datetime) -> None:
    """Forget what files that became no field were called: a name may be a person's, and no page can change it."""
    ended = UploadFile.objects.filter(state__in=(FileState.DUPLICATE, FileState.FAILED), temp_key="")
    ended.filter(created_at__lt=before).exclude(filename="").update(filename="")


def _remove(file: UploadFile) -> None:
    storage.delete_key(file.temp_key)
    if file.state != FileState.STORED:
        # A job that was killed may have written these before it could record them.
        storage.delete_key(file.image_key)
        storage.delete_key(file.thumbnail_key)


def _remove_strays(before: datetime) -> None:
    """Remove received files that no row names and half-written ones: the process ended in between."""
    known = set(UploadFile.objects.exclude(temp_key="").values_list("temp_key", flat=True))
    for entry in storage.entries(PREFIX):
        if entry.key not in known and entry.modified < before:
            storage.delete_key(entry.key)
    for prefix in (PREFIX, "fields", "thumbnails"):
        storage.remove_unfinished(prefix, before=before)
