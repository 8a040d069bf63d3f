"""The slide page's data: one slide with its fields, cells and counts as plain values, in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import Count, QuerySet, Sum
from django.urls import reverse

from apps.accounts.models import User
from apps.accounts.permissions import Action, can
from apps.cells.models import Cell
from apps.cells.selectors import CountRow, counts, probabilities_of, rows
from apps.inference.models import FieldAnalysis
from apps.inference.selectors import analysis_state
from apps.registry.models import CellClass
from apps.registry.selectors import classes_for
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
        "classes": [_class_json(c) for c in classes],
        "fields": _fields_json(slide),
        "cells": cells,
        "counts": {row.name: row.n for row in table},
        "counts_rows": counts_json(table),
        "version": _version(slide),
    }


def cells_of(slide: Slide) -> QuerySet[Cell]:
    """Return the cells of a slide that stand, in the order of fields and of finding."""
    return Cell.objects.standing().filter(field__slide=slide).order_by("field__position", "pk")


def cell_json(cell: Cell) -> Json:
    """Return one cell as the slide page knows it."""
    (found,) = cells_json(Cell.objects.filter(pk=cell.pk), classes_for(cell.project))
    return found


def cells_json(cells: QuerySet[Cell], classes: Iterable[CellClass]) -> list[Json]:
    """Return cells as the slide page knows them; two queries however many they are.

    Rows are read as plain values: building five thousand model objects would take most of the time.
    """
    letters = {c.name: c.letter for c in classes}
    # Addresses differ only in the id, and asking the resolver for each would take longer than the query.
    before, after = reverse("review:crop", args=[_NO_ID]).split(str(_NO_ID))
    probabilities = probabilities_of(cells)
    return [
        {
            "id": str(public_id),
            "field": str(field_id) if field_id else None,
            "box": [x0, y0, x1, y1],
            "class": current_class or suggested_class,
            "letter": letters.get(current_class or suggested_class, "·")
            if current_class or (suggested_class and not unidentified)
            else "?",
            "review_state": review_state,
            "suggested": suggested_class,
            # Named again by a label, so that it is known which model's suggestion the person saw.
            "suggestion": str(classifier_id) if suggested_class else None,
            "probability": suggested_probability,
            "unidentified": unidentified,
            "version": version,
            "crop_url": f"{before}{public_id}{after}",
            # More figures than a person can see would double what a large slide sends.
            "probabilities": {name: round(p, 4) for name, p in probabilities.get(pk, {}).items()},
        }
        for (
            pk,
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
        ) in cells.values_list(*_COLUMNS)
    ]


def counts_json(table: Iterable[CountRow]) -> list[Json]:
    """Return the rows of a count; *unidentified* only while there are such cells.

    ``percent`` is the share of the leukocytes, and for nucleated red cells their number per 100 leukocytes.
    """
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
        }
        for row in table
        if row.n or row.role != "unidentified"
    ]


def counts_of(slide: Slide | None, classes: list[CellClass]) -> list[CountRow]:
    """Return the count of a slide; an empty one for a cell that lies on none."""
    if slide is None:
        return rows(labelled={}, suggested={}, classes=classes)
    return counts(cells=cells_of(slide), classes=classes)


def _class_json(c: CellClass) -> Json:
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
