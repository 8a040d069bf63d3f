"""The analysis job: stored fields in, cells and suggestions out, field by field."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from uuid import UUID

import numpy as np
from django.db import transaction
from numpy.typing import NDArray

from apps.cells.crops import load_pixels, save_crop
from apps.cells.findings import Finding, record
from apps.core import storage
from apps.core.registries import slide_changed
from apps.inference import analysers
from apps.inference.models import FieldAnalysis
from apps.inference.params import QUEUE, AnalyseParams
from apps.inference.selectors import Versions, pending_fields, versions_in_use
from apps.inference.services import request_classification
from apps.jobs import selectors as jobs
from apps.jobs.context import JobContext
from apps.jobs.errors import JobFailed, MoreToDo
from apps.slides.models import Field, Slide
from apps.slides.selectors import files_to_come
from ml.contracts import FieldResult, Scale
from ml.crops import cut
from ml.images.quality import measure

# How long an analysis that has caught up with an upload waits for its next file, and how often it looks.
LINGER_S = 20.0
LOOK_S = 0.25


@dataclass(frozen=True, slots=True)
class Analysed:
    """What is to be written for one field."""

    field: Field
    scale: Scale
    findings: tuple[Finding, ...]
    quality: dict[str, float | None] | None = None  # only for a field that was stored without


def analyse(ctx: JobContext, params: AnalyseParams) -> Callable[[], None]:
    """Analyse the fields that the versions in use have not seen, each in a transaction of its own, until none is left.

    Fields that arrive meanwhile are taken on; ``request_analysis`` counts on that. So the job ends in a transaction
    that finds nothing more to do.

    Raises:
        JobFailed: the slide is gone, or no model is in use.
    """
    slide = _slide(params)
    done = 0
    while True:
        versions = _versions(slide)
        fields = list(pending_fields(slide, versions))
        if fields:
            done = _analyse_all(ctx, fields, versions, slide, done)
        elif not _another_has_come(ctx, slide, versions, done):
            break
    ctx.progress(
        done=done,
        total=done,
        stage="Finding cells" if done else "Done",
        message="" if done else f"All analysed by {versions.label} already.",
    )
    return partial(_make_sure_that_all_is_done, slide)


def _slide(params: AnalyseParams) -> Slide:
    slide = Slide.objects.select_related("project").filter(public_id=UUID(params.slide_id)).first()
    if slide is None or slide.trashed_at is not None:
        raise JobFailed("The slide was deleted before its analysis began.", retry=False)
    return slide


def _versions(slide: Slide) -> Versions:
    versions = versions_in_use(slide.project)
    if versions is None:
        raise JobFailed(
            "No model is in use for this project. An administrator can run “manage.py sync_registry”.",
            retry=False,
        )
    return versions


def _analyse_all(
    ctx: JobContext, fields: Sequence[Field], versions: Versions, slide: Slide, done: int
) -> int:
    """Analyse some fields; return how many this attempt has analysed by now, with the ``done`` before them."""
    expected = done + len(fields) + files_to_come(slide)
    if not done:
        ctx.progress(done=0, total=expected, stage="Loading models", message=f"Loading {versions.label}.")
    analyser = analysers.warm(versions)
    for field in fields:
        ctx.progress(
            done=done, total=expected, stage="Finding cells", message=f"Field {done + 1} of {expected}."
        )
        pixels = load_pixels(field)
        result = analyser.analyse(pixels, um_per_px=known_scale(field))
        analysed = _with_crops(field, pixels, result, prefix=ctx.output_prefix())
        with ctx.transaction(advances=True):
            _write(analysed, versions=versions, job_pk=ctx.job_pk)
        done += 1
    return done


def _another_has_come(ctx: JobContext, slide: Slide, versions: Versions, done: int) -> bool:
    """Wait a while for the next file of an upload that is being stored, unless somebody else waits for this worker."""
    begun = time.monotonic()
    while time.monotonic() - begun < LINGER_S:
        coming = files_to_come(slide)
        if pending_fields(slide, versions).exists():
            return True
        if not coming or jobs.somebody_waits(QUEUE):
            return False
        ctx.progress(
            done=done, total=done + coming, stage="Finding cells", message="Waiting for the next file."
        )
        time.sleep(LOOK_S)
    return False


def _make_sure_that_all_is_done(slide: Slide) -> None:
    """Let the job end when nothing is left to do; runs inside the transaction that ends it.

    Whoever stored a field before it began has left the field to this job, and is seen here; whoever stores one after
    it finds the job ended and asks for another.

    Raises:
        MoreToDo: a field came in the last moment.
    """
    versions = versions_in_use(slide.project)
    if versions is not None and pending_fields(slide, versions).exists():
        raise MoreToDo


def known_scale(field: Field) -> float | None:
    """Return the scale the file or the device gave, micrometres per pixel; an earlier estimate is no knowledge."""
    return None if field.scale_source == "estimated" else field.um_per_px


def _with_crops(field: Field, pixels: NDArray[np.uint8], result: FieldResult, *, prefix: str) -> Analysed:
    """Store the crops of a result and return what is to be written about it."""
    findings = tuple(
        Finding(
            box=cell.detection.box,
            score=cell.detection.score,
            crop_key=save_crop(prefix=prefix, pixels=cut(pixels, cell.detection.box)),
            label=cell.label,
            probabilities=cell.probabilities,
            unidentified=cell.unidentified,
            embedding=cell.embedding,
        )
        for cell in result.cells
    )
    quality = measure(pixels, known_scale(field)) if field.quality is None else None
    return Analysed(field=field, scale=result.scale, findings=findings, quality=quality)


def _discard(keys: Sequence[str]) -> None:
    for key in keys:
        storage.delete_key(key)


def _write(analysed: Analysed, *, versions: Versions, job_pk: int) -> None:
    """Write one field's results unless another job was first; runs inside a transaction that proves the job's lease."""
    _, first = FieldAnalysis.objects.get_or_create(
        field=analysed.field,
        locator_version=versions.locator,
        classifier_version=versions.classifier,
        defaults={
            "job_id": job_pk,
            "scale_um_per_px": analysed.scale.um_per_px,
            "scale_estimated": analysed.scale.estimated,
            "cells_found": len(analysed.findings),
        },
    )
    if not first:
        # Of an attempt that succeeds nothing is swept, so what no row will name goes here.
        transaction.on_commit(partial(_discard, [finding.crop_key for finding in analysed.findings]))
        return
    recorded = record(
        field=analysed.field,
        findings=analysed.findings,
        locator_version=versions.locator,
        classifier_version=versions.classifier,
    )
    transaction.on_commit(partial(_discard, recorded.unused_crops))
    request_classification(slide=analysed.field.slide)
    slide_changed.run(slide_id=analysed.field.slide_id, field_id=analysed.field.pk, cell_id=None)
    if analysed.quality is not None:
        Field.objects.filter(pk=analysed.field.pk, quality__isnull=True).update(quality=analysed.quality)
    if analysed.scale.um_per_px is not None and analysed.scale.estimated:
        Field.objects.filter(pk=analysed.field.pk, um_per_px__isnull=True).update(
            um_per_px=analysed.scale.um_per_px, scale_source="estimated"
        )
