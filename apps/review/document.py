"""The slide page's data: one slide with its fields, cells and counts as plain values, in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Count, QuerySet, Sum
from django.urls import reverse

from apps.accounts.models import User
from apps.accounts.permissions import Action, can
from apps.cells.models import Cell, Suggestion
from apps.cells.selectors import CountRow, counts, probabilities_of, rows
from apps.inference.models import FieldAnalysis
from apps.inference.selectors import analysis_state
from apps.registry.models import CellClass
from apps.registry.selectors import classes_for
from apps.review.differential import interval_json, intervals_of
from apps.slides.models import Field, Slide

Json = dict[str, Any]

_NO_ID = UUID(int=0)
_COLUMNS = (
    "pk",
    "public_id",
    "field__public_id",
    "x0",
    "y0",
    "x1",
    "y1",
    "current_class",
    "suggested_class",
    "classifier_version__public_id",
    "suggested_probability",
    "unidentified",
    "review_state",
    "version",
)


def slide_document(*, slide: Slide, user: User) -> Json:
    """Return everything the slide page shows, as JSON values; the caller has asked who may see it."""
    classes = classes_for(slide.project)
    state = analysis_state(slide)
    standing = cells_of(slide)
    cells = cells_json(standing, classes)
    table = counts(cells=standing, classes=classes)
    return {
        "slide": {
            "id": str(slide.public_id),
            "title": slide.title,
            "simulated": slide.simulated,
            "can_label": can(user, Action.LABEL, slide.project),
            "state": state.state.value,
            "partial": state.partial,
            "job": str(state.job.public_id) if state.job else None,
            "state_message": state.message,
        },
        "classes": [class_json(c) for c in classes],
        "fields": _fields_json(slide),
        "cells": cells,
        "counts": {row.name: row.n for row in table},
        "counts_rows": counts_json(table),
        "version": _version(slide),
    }


def cells_of(slide: Slide) -> QuerySet[Cell]:
    """Return the cells of a slide that stand, in the order of fields and of finding."""
    return Cell.objects.standing().filter(field__slide=slide).order_by("field__position", "pk")


def cell_json(cell: Cell, classes: Iterable[CellClass]) -> Json:
    """Return one cell as the slide page knows it, just acted on (`acted_on_by`); one query."""
    said = Suggestion.objects.filter(cell_id=cell.pk, model_version_id=cell.classifier_version_id)
    row = (
        cell.pk,
        cell.public_id,
        cell.field_public_id,
        cell.x0,
        cell.y0,
        cell.x1,
        cell.y1,
        cell.current_class,
        cell.suggested_class,
        cell.suggested_by,
        cell.suggested_probability,
        cell.unidentified,
        cell.review_state,
        cell.version,
    )
    return _cell_json(row, said.values_list("probabilities", flat=True).first() or {}, _Look.of(classes))


def letter_of(cell: Cell, letters: Mapping[str, str]) -> str:
    """Return the letter a cell is shown with, by name of class."""
    return _letter(cell.current_class, cell.suggested_class, cell.unidentified, letters)


def cells_json(cells: QuerySet[Cell], classes: Iterable[CellClass]) -> list[Json]:
    """Return cells as the slide page knows them; two queries however many they are.

    Rows are read as plain values: building five thousand model objects would take most of the time.
    """
    look, probabilities = _Look.of(classes), probabilities_of(cells)
    return [_cell_json(row, probabilities.get(row[0], {}), look) for row in cells.values_list(*_COLUMNS)]


class _Look(NamedTuple):
    """What all cells of an answer share: letters by class, and what stands around the id in a crop's address."""

    letters: Mapping[str, str]
    before_id: str
    after_id: str

    @classmethod
    def of(cls, classes: Iterable[CellClass]) -> _Look:
        # Asking the resolver for the address of each of thousands of cells would take longer than the query.
        before, after = reverse("review:crop", args=[_NO_ID]).split(str(_NO_ID))
        return cls({c.name: c.letter for c in classes}, before, after)


def _cell_json(row: tuple[Any, ...], probabilities: Mapping[str, float], look: _Look) -> Json:
    """Return the JSON of one row of `_COLUMNS`."""
    (
        _,
        public_id,
        field_id,
        x0,
        y0,
        x1,
        y1,
        current_class,
        suggested_class,
        classifier_id,
        suggested_probability,
        unidentified,
        review_state,
        version,
    ) = row
    return {
        "id": str(public_id),
        "field": str(field_id) if field_id else None,
        "box": [x0, y0, x1, y1],
        "class": current_class or suggested_class,
        "letter": _letter(current_class, suggested_class, unidentified, look.letters),
        "review_state": review_state,
        "suggested": suggested_class,
        # Named again by a label, so that it is known which model's suggestion the person saw.
        "suggestion": str(classifier_id) if suggested_class else None,
        "probability": suggested_probability,
        "unidentified": unidentified,
        "version": version,
        "crop_url": f"{look.before_id}{public_id}{look.after_id}",
        # More figures than a person can see would double what a large slide sends.
        "probabilities": {name: round(p, 4) for name, p in probabilities.items()},
    }


def _letter(
    current_class: str,
    suggested_class: str,
    unidentified: bool,  # noqa: FBT001 - a column among columns
    letters: Mapping[str, str],
) -> str:
    if current_class or (suggested_class and not unidentified):
        return letters.get(current_class or suggested_class, "·")
    return "?"


def counts_json(table: Iterable[CountRow]) -> list[Json]:
    """Return the rows of a count; *unidentified* only while there are such cells.

    ``percent`` is the share of the leukocytes, and for nucleated red cells their number per 100 leukocytes; ``low``
    and ``high`` are the ends of its exact 95 % interval.
    """
    table = list(table)
    intervals = intervals_of(table)
    return [
        {
            "class": row.name,
            "title": row.title,
            "letter": row.letter,
            "colour": row.colour,
            "role": row.role,
            "n": row.n,
            "labelled": row.labelled,
            "suggested": row.suggested,
            "percent": row.per_100 if row.percent is None else row.percent,
            **interval_json(intervals[row.name]),
        }
        for row in table
        if row.n or row.role != "unidentified"
    ]


def counts_of(slide_pk: int | None, classes: Sequence[CellClass]) -> list[CountRow]:
    """Return the count of a slide by its key; an empty one for a cell that lies on none."""
    if slide_pk is None:
        return rows(labelled={}, suggested={}, classes=classes)
    return counts(cells=Cell.objects.standing().filter(field__slide=slide_pk), classes=classes)


def class_json(c: CellClass) -> Json:
    """Return one class of the project's list."""
    return {
        "name": c.name,
        "title": c.title,
        "letter": c.letter,
        "key": c.key,
        "colour": c.colour,
        "role": c.role,
        "human_only": c.human_only,
    }


def _fields_json(slide: Slide) -> list[Json]:
    analysed = set(FieldAnalysis.objects.filter(field__slide=slide).values_list("field_id", flat=True))
    return [
        {
            "id": str(field.public_id),
            "position": field.position,
            "title": field.title,
            "width": field.width,
            "height": field.height,
            "image_url": reverse("slides:field-image", args=[field.public_id]),
            "thumbnail_url": reverse("slides:field-thumbnail", args=[field.public_id]),
            "um_per_px": field.um_per_px,
            "scale_source": field.scale_source,
            "analysed": field.pk in analysed,
        }
        for field in Field.objects.filter(slide=slide).order_by("position")
    ]


def _version(slide: Slide) -> int:
    """Return a number that grows whenever cells of the slide come, go or change their label, and never falls."""
    events = Cell.objects.filter(field__slide=slide).aggregate(sum=Sum("version"))["sum"] or 0
    analyses: int = FieldAnalysis.objects.filter(field__slide=slide).aggregate(n=Count("pk"))["n"]
    return int(events) + analyses
