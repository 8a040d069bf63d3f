"""What belongs to the cells of a slide goes with the slide."""

from __future__ import annotations

from apps.cells.models import Cell, Change, Comment, Embedding, LabelEvent, SeenMark, Suggestion
from apps.core.disposal import remove_rows
from apps.slides.models import Slide


def purge(*, slide: Slide) -> list[str]:
    """Remove the cells of a slide with their suggestions, marks, comments and events; return the keys of their crops.

    Events, marks and comments go only because the slide's erasure is on record: their tables refuse all else.
    """
    cells = Cell.objects.filter(field__slide=slide)
    keys = list(cells.exclude(crop_key="").values_list("crop_key", flat=True))
    remove_rows(Change.objects.filter(slide=slide))
    for model in (LabelEvent, SeenMark, Comment, Suggestion, Embedding):
        remove_rows(model._default_manager.filter(cell__field__slide=slide))  # noqa: SLF001 - documented by Django
    remove_rows(cells)
    return keys
