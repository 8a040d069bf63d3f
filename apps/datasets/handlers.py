"""What the jobs of this room do; called by the worker, by their dotted names."""

from __future__ import annotations

import functools
from collections.abc import Callable

from django.db import transaction

from apps.core import storage
from apps.datasets.models import Export, ExportState, Import, ImportState
from apps.datasets.params import ExportParams, ImportParams
from apps.datasets.services import reading, storing, writing
from apps.jobs.context import JobContext
from apps.jobs.errors import JobFailed

_NO_MORE = "The import does not exist any more."


def read_import(ctx: JobContext, params: ImportParams) -> Callable[[], None] | None:
    """Read an archive; the returned effect lets the import wait for its classes."""
    source = _import(params)
    if source.state != ImportState.READING:
        return None
    reading.read(source=source, ctx=ctx)
    return functools.partial(reading.close, source=source)


def store_import(ctx: JobContext, params: ImportParams) -> Callable[[], None] | None:
    """Store an import; the returned effect writes its receipt and lets go of the archive."""
    source = _import(params)
    if source.state != ImportState.STORING:
        return None
    storing.store_waiting(source=source, ctx=ctx)
    return functools.partial(_close, source)


def _close(source: Import) -> None:
    storing.close(source=source)
    if source.source_key:
        transaction.on_commit(functools.partial(storage.delete_key, source.source_key))


def export(ctx: JobContext, params: ExportParams) -> Callable[[], None] | None:
    """Write an export; the returned effect makes it ready."""
    wanted = Export.objects.select_related("project", "requester").filter(public_id=params.export_id).first()
    if wanted is None:
        raise JobFailed("The export does not exist any more.", retry=False)
    if wanted.state != ExportState.WRITING:
        return None
    written = writing.write(wanted=wanted, ctx=ctx)
    return functools.partial(writing.close, wanted=wanted, written=written)


def _import(params: ImportParams) -> Import:
    source = Import.objects.select_related("project", "requester").filter(public_id=params.import_id).first()
    if source is None:
        raise JobFailed(_NO_MORE, retry=False)
    return source
