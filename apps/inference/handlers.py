"""The analysis job: stored fields in, cells and suggestions out, all or nothing."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from uuid import UUID

import numpy as np
from django.db import transaction
from numpy.typing import NDArray
from PIL import Image

from apps.cells.crops import save_crop
from apps.cells.findings import Finding, record
from apps.core import storage
from apps.inference import analysers
from apps.inference.models import FieldAnalysis
from apps.inference.params import AnalyseParams
from apps.inference.selectors import Versions, pending_fields, versions_in_use
from apps.jobs.context import JobContext
from apps.jobs.errors import JobFailed
from apps.slides.models import Field, Slide
from ml.contracts import FieldResult, Scale
from ml.crops import cut


@dataclass(frozen=True, slots=True)
class Analysed:
    """What is to be written for one field."""

    field: Field
    scale: Scale
    findings: tuple[Finding, ...]


def analyse(ctx: JobContext, params: AnalyseParams) -> Callable[[], None] | None:
    """Analyse the fields that the versions in use have not seen, write the crops, return the writing of the rows.

    Raises:
        JobFailed: the slide is gone, or no model is in use.
    """
    slide = Slide.objects.select_related("project").filter(public_id=UUID(params.slide_id)).first()
    if slide is None or slide.trashed_at is not None:
        raise JobFailed("The slide was deleted before its analysis began.", retry=False)
    versions = versions_in_use(slide.project)
    if versions is None:
        raise JobFailed(
            "No model is in use for this project. An administrator can run “manage.py sync_registry”.",
            retry=False,
        )
    fields = list(pending_fields(slide, versions))
    if not fields:
        ctx.progress(done=0, total=0, stage="Done", message=f"All analysed by {versions.label} already.")
        return None
    ctx.progress(done=0, total=len(fields), stage="Loading models", message=f"Loading {versions.label}.")
    analyser = analysers.warm(versions)
    analysed: list[Analysed] = []
    for done, field in enumerate(fields):
        ctx.progress(
            done=done, total=len(fields), stage="Finding cells", message=f"Field {done + 1} of {len(fields)}."
        )
        pixels = load_pixels(field)
        result = analyser.analyse(pixels, um_per_px=known_scale(field))
        analysed.append(_with_crops(field, pixels, result, prefix=ctx.output_prefix()))
    ctx.progress(done=len(fields), total=len(fields), stage="Saving", message="Saving the cells.")

    def finish() -> None:
        for one in analysed:
            _write(one, versions=versions, job_pk=ctx.job_pk)

    return finish


def load_pixels(field: Field) -> NDArray[np.uint8]:
    """Return the stored pixels of a field, uint8 (H, W, 3), sRGB.

    Raises:
        NotFound: the file is missing from the store.
    """
    with storage.open_key(field.image_key) as stream:
        data = stream.read()
    # Our own lossless file, written after all checks: no limit is needed here.
    with Image.open(io.BytesIO(data), formats=("PNG",)) as image:
        return np.asarray(image.convert("RGB"))


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
        )
        for cell in result.cells
    )
    return Analysed(field=field, scale=result.scale, findings=findings)


def _discard(keys: Sequence[str]) -> None:
    for key in keys:
        storage.delete_key(key)


def _write(analysed: Analysed, *, versions: Versions, job_pk: int) -> None:
    """Write one field's results unless another job was first; runs inside the transaction that ends the job."""
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
        # Of a job that succeeds nothing is swept, so what no row will name goes here.
        transaction.on_commit(partial(_discard, [finding.crop_key for finding in analysed.findings]))
        return
    record(
        field=analysed.field,
        findings=analysed.findings,
        locator_version=versions.locator,
        classifier_version=versions.classifier,
    )
    if analysed.scale.um_per_px is not None and analysed.scale.estimated:
        Field.objects.filter(pk=analysed.field.pk, um_per_px__isnull=True).update(
            um_per_px=analysed.scale.um_per_px, scale_source="estimated"
        )
