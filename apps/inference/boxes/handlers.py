"""The job that asks the classifier about boxes that people drew; their label and history stay as they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from itertools import groupby
from uuid import UUID

from apps.cells.crops import load_pixels, save_crop
from apps.cells.findings import said_of_box
from apps.cells.models import Cell
from apps.core import storage
from apps.core.registries import slide_changed
from apps.inference import analysers
from apps.inference.params import ClassifyBoxesParams
from apps.inference.selectors import Versions, unasked_boxes, versions_in_use
from apps.jobs.context import JobContext
from apps.jobs.errors import JobFailed, MoreToDo
from apps.slides.models import Field, Slide
from ml.contracts import Classification
from ml.crops import cut


def classify_boxes(ctx: JobContext, params: ClassifyBoxesParams) -> Callable[[], None]:
    """Ask about every drawn box of a slide that the classifier in use has not seen, a field in one transaction each.

    Raises:
        JobFailed: the slide is gone, or no model is in use.
    """
    slide = Slide.objects.select_related("project").filter(public_id=UUID(params.slide_id)).first()
    if slide is None or slide.trashed_at is not None:
        raise JobFailed("The slide was deleted before its boxes were classified.", retry=False)
    versions = versions_in_use(slide.project)
    if versions is None:
        raise JobFailed("No model is in use for this project.", retry=False)
    cells = list(unasked_boxes(slide, versions.classifier))
    done = 0
    fields = Field.objects.in_bulk({cell.field_id for cell in cells if cell.field_id is not None})
    for field_pk, on_field in groupby(cells, key=lambda cell: cell.field_id):
        ctx.progress(done=done, total=len(cells), stage="Classifying")
        if field_pk in fields:
            done += _ask(ctx, fields[field_pk], list(on_field), versions, slide)
    ctx.progress(done=done, total=done, stage="Done")
    return partial(_make_sure_that_all_is_done, slide)


def _ask(ctx: JobContext, field: Field, cells: Sequence[Cell], versions: Versions, slide: Slide) -> int:
    """Ask about the cells of one field and write what is said; return how many they are."""
    pixels = load_pixels(field)
    said: list[Classification] = analysers.warm(versions).classify_boxes(pixels, [cell.box for cell in cells])
    # A request leaves the picture of a very large field to the worker.
    crops = {
        cell.pk: save_crop(prefix=ctx.output_prefix(), pixels=cut(pixels, cell.box))
        for cell in cells
        if not cell.crop_key
    }
    unused: list[str] = []
    with ctx.transaction(advances=True):
        for cell, classification in zip(cells, said, strict=True):
            crop_key = crops.get(cell.pk, "")
            written = said_of_box(
                cell=cell,
                classification=classification,
                classifier_version=versions.classifier,
                crop_key=crop_key,
            )
            if written:
                slide_changed.run(slide_id=slide.pk, field_id=None, cell_id=cell.pk)
            elif crop_key:
                unused.append(crop_key)
    for key in unused:
        storage.delete_key(key)
    return len(cells)


def _make_sure_that_all_is_done(slide: Slide) -> None:
    """Let the job end when nothing is left to ask; runs inside the transaction that ends it.

    Raises:
        MoreToDo: a person drew a box in the last moment.
    """
    versions = versions_in_use(slide.project)
    if versions is not None and unasked_boxes(slide, versions.classifier).exists():
        raise MoreToDo
