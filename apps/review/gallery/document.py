"""The gallery's data: cells as columns of plain values, since ten thousand objects would be mostly repeated names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any

from apps.accounts.models import Project, User
from apps.accounts.permissions import Action, can
from apps.cells.selectors import LOW_CONFIDENCE, UNIDENTIFIED, CountRow, counts_for
from apps.cells.selectors import rows as count_rows
from apps.cells.selectors.changes import cursor_of
from apps.inference.selectors import analysis_state
from apps.registry.models import CellClass
from apps.registry.selectors import classes_for
from apps.review import document
from apps.review.acts import acts_json
from apps.review.gallery import orders, selectors, windows
from apps.review.gallery.selectors import Row
from apps.review.signing.document import signing_json
from apps.slides.models import Field, Slide

Json = dict[str, Any]

STATES = ("suggested", "seen", "labelled")
WINDOW_UM = 30.0
"""Side of the part of a field that stands for a cell, in micrometres: white cells are 7 to 20 across."""
CONTEXT_UM = 45.0
"""Side of the part with its surroundings, in the panel."""


def gallery_document(*, where: Slide | Project, user: User) -> Json:
    """Return everything the gallery shows of a slide or project; the caller has asked who may see it."""
    project = where.project if isinstance(where, Slide) else where
    classes = classes_for(project)
    # Before the cells are read, so that what comes meanwhile is told once more, not never.
    cursor = cursor_of(where)
    cells = selectors.cells_of(where, user)
    rows = selectors.rows_of(cells, user=user, project=project)
    whole = len(rows) < selectors.MOST_CELLS
    if whole:
        table = counts_of_rows(rows, classes)
    else:
        table = counts_for(cells=cells, classes=classes, user=user, project=project)
    fields = selectors.fields_of(where, user)
    return {
        "scope": _scope(where, project, user),
        "classes": [document.class_json(c) for c in classes],
        "slides": _slides(fields),
        "fields": _fields(fields),
        "total": len(rows) if whole else sum(row.n for row in table),
        "low_confidence": LOW_CONFIDENCE,
        "window_um": WINDOW_UM,
        "context_um": CONTEXT_UM,
        "orders": orders.orders_json(cells, project=project),
        "cells": columns(
            rows,
            fields=fields,
            people=selectors.names_of(row.labelled_by_id for row in rows),
            seen=selectors.seen_by(user, cells),
            comments=selectors.comments_on(cells, user=user, project=project),
        ),
        "counts_rows": document.counts_json(table),
        "acts": acts_json(user=user, scope=where, classes=classes),
        "cursor": cursor,
    }


def counts_of_rows(rows: Iterable[Row], classes: Sequence[CellClass]) -> list[CountRow]:
    """Count the cells that were read anyway; see `apps.cells.selectors.counts`."""
    labelled: Counter[str] = Counter()
    suggested: Counter[str] = Counter()
    for row in rows:
        if row.current_class:
            labelled[row.current_class] += 1
        elif row.unidentified or not row.suggested_class:
            suggested[UNIDENTIFIED] += 1
        else:
            suggested[row.suggested_class] += 1
    return count_rows(labelled=labelled, suggested=suggested, classes=classes)


def columns(
    rows: Sequence[Row],
    *,
    fields: Sequence[Field],
    people: Mapping[int, str],
    seen: set[int],
    comments: Mapping[int, int],
) -> Json:
    """Return the cells as columns; names, models and people are listed once and meant by their place.

    Boxes are rounded to tenths of a pixel and lie one after the other: four numbers a cell.
    """
    classes = {row.current_class for row in rows} | {row.suggested_class for row in rows}
    names = ["", *sorted(classes - {""})]
    models = sorted(
        {row.classifier_version__public_id for row in rows if row.suggested_class} - {None}, key=str
    )
    persons = sorted(people)
    name_at, model_at, person_at = _places(names), _places(models), _places(persons)
    field_at, state_at = _places([field.pk for field in fields]), _places(STATES)
    return {
        "names": names,
        "models": [str(model) for model in models],
        "people": [people[pk] for pk in persons],
        "id": [str(row.public_id) for row in rows],
        "field": [field_at.get(row.field_id, -1) for row in rows],
        "box": [round(value, 1) for row in rows for value in (row.x0, row.y0, row.x1, row.y1)],
        "label": [name_at[row.current_class] for row in rows],
        "suggested": [name_at[row.suggested_class] for row in rows],
        "suggestion": [
            model_at[row.classifier_version__public_id] if row.suggested_class else -1 for row in rows
        ],
        "probability": [
            None if row.suggested_probability is None else round(row.suggested_probability, 4) for row in rows
        ],
        "unidentified": [int(row.unidentified) for row in rows],
        "state": [state_at[row.review_state] for row in rows],
        "version": [row.version for row in rows],
        "picture": [int(bool(row.crop_key)) for row in rows],
        "by": [person_at.get(row.labelled_by_id, -1) for row in rows],
        "seen": [int(row.pk in seen) for row in rows],
        "hand": [int(row.box_version > 1) for row in rows],
        "comments": [comments.get(row.pk, 0) for row in rows],
    }


def _places(values: Iterable[Hashable]) -> dict[Any, int]:
    """Return the place of each value in a list."""
    return {value: place for place, value in enumerate(values)}


def _scope(where: Slide | Project, project: Project, user: User) -> Json:
    """Say what the gallery is of: a slide with the state of its analysis, or a project."""
    about: Json = {
        "kind": "project",
        "id": str(where.public_id),
        "title": project.name,
        "simulated": False,
        "can_label": can(user, Action.LABEL, project),
        "blind_first": project.blind_first,
        "state": "done",
        "job": None,
        "state_message": "",
        "signed": None,
        "sign_url": None,
    }
    if isinstance(where, Project):
        return about
    state = analysis_state(where)
    return {
        **about,
        "kind": "slide",
        "title": where.title,
        "simulated": where.simulated,
        "state": state.state.value,
        "job": str(state.job.public_id) if state.job else None,
        "state_message": state.message,
        **signing_json(where),
    }


def _slides(fields: Sequence[Field]) -> list[Json]:
    found = {field.slide_id: field.slide for field in fields}
    return [{"id": str(slide.public_id), "title": slide.title} for slide in found.values()]


def _fields(fields: Sequence[Field]) -> list[Json]:
    slide_at: dict[int, int] = {}
    return [
        {
            "id": str(field.public_id),
            "slide": slide_at.setdefault(field.slide_id, len(slide_at)),
            "position": field.position,
            "um_per_px": field.um_per_px,
            "scale_source": field.scale_source,
            "windowed": field.width * field.height <= windows.MOST_PIXELS,
        }
        for field in fields
    ]
