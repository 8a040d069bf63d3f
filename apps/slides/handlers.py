"""What the jobs of this room do; called by the worker, by their dotted names."""

from __future__ import annotations

import functools
from collections.abc import Callable
from datetime import datetime

from apps.accounts.models import User
from apps.core import disposal
from apps.jobs.context import JobContext
from apps.jobs.errors import JobFailed
from apps.slides import purging
from apps.slides.models import Slide, Specimen, Upload
from apps.slides.params import EraseParams, IngestParams, PurgeParams
from apps.slides.services import ingest as storing


def ingest(ctx: JobContext, params: IngestParams) -> Callable[[], None]:
    """Store the files of an upload; the returned effect closes the upload together with the job's success."""
    upload = (
        Upload.objects.select_related("project", "requester", "slide")
        .filter(public_id=params.upload_id)
        .first()
    )
    if upload is None:
        raise JobFailed("The upload does not exist any more.")
    storing.ingest_waiting(upload=upload, ctx=ctx)
    return functools.partial(storing.close, upload_id=upload.pk)


def purge(ctx: JobContext, params: PurgeParams) -> None:
    """Remove for good what has been in a project's trash since before a time, slide by slide."""
    slides = Slide.objects.filter(
        project__public_id=params.project_id, trashed_at__lte=datetime.fromisoformat(params.before)
    )
    _purge_all(ctx, list(slides.order_by("trashed_at", "pk")))


def erase_specimen(ctx: JobContext, params: EraseParams) -> None:
    """Remove a specimen with all its slides; the last of them takes the specimen with it."""
    specimen = Specimen.objects.filter(public_id=params.specimen_id).first()
    if specimen is None:
        return
    _purge_all(ctx, list(specimen.slides.order_by("pk")), anywhere=True)
    with ctx.transaction():
        Specimen.objects.filter(pk=specimen.pk, slides=None).delete()


def _purge_all(ctx: JobContext, slides: list[Slide], *, anywhere: bool = False) -> None:
    """Purge slides, each in its own transaction under the job's lease: a job that runs again goes on with the rest."""
    actor = User.objects.filter(pk=ctx.requester_id or 0).first()
    for done, slide in enumerate(slides):
        ctx.progress(done=done, total=len(slides), stage="Removing")
        purging.purge_slide(slide=slide, actor=actor, transaction=ctx.transaction, anywhere=anywhere)
    ctx.progress(done=len(slides), total=len(slides), stage="Removing files")
    # What is left when the time is up, the schedule removes.
    disposal.remove_doomed()
