"""The slide page's data: one slide with its fields, cells and counts as plain values, in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Count, QuerySet, Sum
from django.urls import reverse

from apps.accounts.models import Project, User
from apps.accounts.permissions import Action, can
from apps.cells.models import Cell, Comment
from apps.cells.selectors import (
    CountRow,
    counts_for,
    low_confidence,
    probabilities_of,
    rows,
    withheld,
)
from apps.cells.selectors.blind import hidden_state, is_withheld, undecided
from apps.cells.selectors.changes import cursor_of
from apps.cells.selectors.counting import counts_of_groups
from apps.cells.selectors.single import comments_on, groups_on, probabilities_of_one
from apps.inference.models import FieldAnalysis
from apps.inference.selectors import analysis_state
from apps.registry.models import CellClass
from apps.registry.selectors import classes_for
from apps.review.acts import acts_json
from apps.review.differential import interval_json, intervals_of
from apps.review.fields import fields_json
from apps.review.signing.document import signing_json
from apps.slides.models import Slide

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
    "labelled_by_id",
    "origin",
    "score",
    "box_version",
)


def slide_document(*, slide: Slide, user: User) -> Json:
    """Return everything the slide page shows, as JSON values; the caller has asked who may see it."""
    classes = classes_for(slide.project)
    state = analysis_state(slide)
    # Before the cells are read, so that what comes meanwhile is told once more, not never.
    cursor = cursor_of(slide)
    standing = cells_of(slide)
    cells = cells_json(standing, classes, user=user, project=slide.project)
    table = counts_for(cells=standing, classes=classes, user=user, project=slide.project, slide=slide.pk)
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
            **signing_json(slide),
        },
        "classes": [class_json(c) for c in classes],
        "fields": fields_json(slide),
        "cells": cells,
        "counts": {row.name: row.n for row in table},
        "counts_rows": counts_json(table),
        "acts": acts_json(user=user, scope=slide, classes=classes),
        "cursor": cursor,
        "version": version_of(slide),
    }


def cells_of(slide: Slide) -> QuerySet[Cell]:
    """Return the cells of a slide that stand, in the order of fields and of finding."""
    return Cell.objects.standing().filter(field__slide=slide).order_by("field__position", "pk")


def cell_json(cell: Cell, classes: Iterable[CellClass], *, user: User) -> Json:
    """Return one cell as the slide page knows it, just acted on (`acted_on_by`)."""
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
        cell.labelled_by_id,
        cell.origin,
        cell.score,
        cell.box_version,
    )
    names = {} if cell.labelled_by_id in {None, user.pk} else _names({cell.labelled_by_id})
    look = _look(
        classes,
        names=names | {user.pk: user.display_name},
        comments={cell.pk: comments_on(cell.pk)},
        probabilities={cell.pk: probabilities_of_one(cell.pk)},
    )
    return _cell_json(row, look, hidden=is_withheld(cell, user))


def letter_of(cell: Cell, letters: Mapping[str, str]) -> str:
    """Return the letter a cell is shown with, by name of class."""
    return _letter(cell.current_class, cell.suggested_class, cell.unidentified, letters)


def cells_json(
    cells: QuerySet[Cell], classes: Iterable[CellClass], *, user: User, project: Project
) -> list[Json]:
    """Return cells of a project as the slide page knows them; a few queries however many they are.

    Rows are read as plain values: building five thousand model objects would take most of the time. What the person
    may not know yet is withheld.
    """
    return _rows_json(list(cells.values_list(*_COLUMNS)), cells, classes, user=user, project=project)


def _rows_json(
    found: Sequence[tuple[Any, ...]],
    cells: QuerySet[Cell],
    classes: Iterable[CellClass],
    *,
    user: User,
    project: Project,
) -> list[Json]:
    """Return the JSON of rows of `_COLUMNS`, which are those of ``cells``."""
    if not found:
        return []
    comments = Comment.objects.filter(cell__in=cells.order_by()).order_by()
    look = _look(
        classes,
        names=_names({row[14] for row in found} - {None, user.pk}) | {user.pk: user.display_name},
        comments=dict(comments.values_list("cell_id").annotate(n=Count("pk"))),
        probabilities=probabilities_of(cells.order_by()),
    )
    hidden = withheld(cells, user=user, project=project)
    return [_cell_json(row, look, hidden=row[0] in hidden) for row in found]


def _names(people: set[int]) -> dict[int, str]:
    """Return what people are called, by primary key."""
    if not people:
        return {}
    return {user.pk: user.display_name for user in User.objects.filter(pk__in=people)}


class _Look(NamedTuple):
    """What all cells of an answer share; ``before_id`` and ``after_id`` stand around the id in a crop's address."""

    letters: Mapping[str, str]
    before_id: str
    after_id: str
    names: Mapping[int, str]
    comments: Mapping[int, int]
    probabilities: Mapping[int, Mapping[str, float]]


def _look(classes: Iterable[CellClass], **shared: Any) -> _Look:
    # Asking the resolver for the address of each of thousands of cells would take longer than the query.
    before, after = reverse("review:crop", args=[_NO_ID]).split(str(_NO_ID))
    return _Look(letters={c.name: c.letter for c in classes}, before_id=before, after_id=after, **shared)


def _cell_json(row: tuple[Any, ...], look: _Look, *, hidden: bool) -> Json:
    """Return the JSON of one row of `_COLUMNS`."""
    (
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
        labeller,
        origin,
        score,
        box_version,
    ) = row
    cell = {
        "id": str(public_id),
        "field": str(field_id) if field_id else None,
        "box": [x0, y0, x1, y1],
        "class": current_class or suggested_class,
        "letter": _letter(current_class, suggested_class, unidentified, look.letters),
        "review_state": review_state,
        "by": look.names.get(labeller, ""),
        "suggested": suggested_class,
        # Named again by a label, so that it is known which model's suggestion the person saw.
        "suggestion": str(classifier_id) if suggested_class else None,
        "probability": suggested_probability,
        "unidentified": unidentified,
        "low_confidence": low_confidence(
            suggested=suggested_class, probability=suggested_probability, unidentified=unidentified
        ),
        "version": version,
        "crop_url": f"{look.before_id}{public_id}{look.after_id}",
        # More figures than a person can see would double what a large slide sends.
        "probabilities": {name: round(p, 4) for name, p in look.probabilities.get(pk, {}).items()},
        "origin": origin,
        "score": score,
        "hand": box_version > 1,
        "comments": look.comments.get(pk, 0),
    }
    return cell | _nothing_known(review_state) if hidden else cell


def _nothing_known(review_state: str) -> Json:
    """Return what stands in place of all that a person may not know of a cell before labelling it."""
    return {
        "class": "",
        "letter": "?",
        "review_state": hidden_state(review_state),
        "by": "",
        "suggested": "",
        "suggestion": None,
        "probability": None,
        "unidentified": True,
        "low_confidence": True,
        "probabilities": {},
        "comments": 0,
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


def counts_of(
    slide_pk: int | None, classes: Sequence[CellClass], *, user: User, project: Project
) -> list[CountRow]:
    """Return the count of a slide by its key as a person may know it; an empty one for a cell that lies on none."""
    if slide_pk is None:
        return rows(labelled={}, suggested={}, classes=classes)
    if not (project.blind_first or undecided(user, slide=slide_pk)):
        return counts_of_groups(groups_on(slide_pk), classes)
    cells = Cell.objects.standing().filter(field__slide=slide_pk)
    return counts_for(cells=cells, classes=classes, user=user, project=project, slide=slide_pk)


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


def version_of(slide: Slide) -> int:
    """Return a number that grows whenever cells of the slide come, go or change their label, and never falls."""
    events = Cell.objects.filter(field__slide=slide).aggregate(sum=Sum("version"))["sum"] or 0
    analyses: int = FieldAnalysis.objects.filter(field__slide=slide).aggregate(n=Count("pk"))["n"]
    return int(events) + analyses
