"""What the ingest job does; called by the worker, by its dotted name."""

from __future__ import annotations

import functools
from collections.abc import Callable

from apps.jobs.context import JobContext
from apps.jobs.errors import JobFailed
from apps.slides.models import Upload
from apps.slides.params import IngestParams
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
