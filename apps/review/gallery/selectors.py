"""Which cells a gallery shows, and what is read of them besides their own columns."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple
from uuid import UUID

from django.db.models import Count, QuerySet

from apps.accounts.models import Project, User
from apps.cells.models import Cell, Comment, SeenMark
from apps.cells.selectors import withheld
from apps.cells.selectors.blind import hidden_state
from apps.slides.models import Field, Slide

MOST_CELLS = 20_000
"""What a browser can hold and a person look through; of a larger project those without a label come first."""


class Row(NamedTuple):
    """What a gallery shows of a cell, as plain values: ten thousand model objects would take most of the time."""

    pk: int
    public_id: UUID
    field_id: int
    x0: float
    y0: float
    x1: float
    y1: float
    current_class: str
    suggested_class: str
    classifier_version__public_id: UUID | None
    suggested_probability: float | None
    unidentified: bool
    review_state: str
    version: int
    crop_key: str
    labelled_by_id: int | None
    box_version: int

    def unknown(self) -> Row:
        """Return the row as it is for a person who may know nothing of the cell before labelling it."""
        return self._replace(
            current_class="",
            suggested_class="",
            classifier_version__public_id=None,
            suggested_probability=None,
            unidentified=True,
            review_state=hidden_state(self.review_state),
            labelled_by_id=None,
        )


def cells_of(where: Slide | Project, user: User) -> QuerySet[Cell]:
    """Return the standing cells of a slide, or those on the slides of a project, that the person may see."""
    cells = Cell.objects.visible_to(user).standing()
    if isinstance(where, Slide):
        return cells.filter(field__slide=where)
    return cells.filter(project=where, field__isnull=False)


def rows_of(cells: QuerySet[Cell], *, user: User, project: Project) -> list[Row]:
    """Return at most `MOST_CELLS` cells: without a label first, then labelled, each in order of finding.

    Where something of them is withheld they come in order of finding alone, which tells nothing.
    """
    ordered = cells.order_by("pk").values_list(*Row._fields)
    hidden = withheld(cells, user=user, project=project)
    if project.blind_first or hidden:
        found = map(Row._make, ordered[:MOST_CELLS])
        return [row.unknown() if row.pk in hidden else row for row in found]
    rows = list(ordered.filter(current_class="")[:MOST_CELLS])
    if len(rows) < MOST_CELLS:
        rows += ordered.exclude(current_class="")[: MOST_CELLS - len(rows)]
    return [Row._make(row) for row in rows]


def fields_of(where: Slide | Project, user: User) -> list[Field]:
    """Return the fields on which the cells may lie, by slide and position."""
    fields = Field.objects.visible_to(user).select_related("slide")
    of = fields.filter(slide=where) if isinstance(where, Slide) else fields.filter(project=where)
    return list(of.order_by("slide_id", "position"))


def names_of(people: Iterable[int | None]) -> dict[int, str]:
    """Return the names of people by primary key."""
    known = {person for person in people if person is not None}
    return {user.pk: user.display_name for user in User.objects.filter(pk__in=known)}


def seen_by(user: User, cells: QuerySet[Cell]) -> set[int]:
    """Return which of the cells this very person has had on screen."""
    return set(SeenMark.objects.filter(actor=user, cell__in=cells).values_list("cell_id", flat=True))


def comments_on(cells: QuerySet[Cell], *, user: User, project: Project) -> dict[int, int]:
    """Return how many comments each cell has that has any, but for those of which the person may know nothing."""
    hidden = withheld(cells, user=user, project=project)
    found = Comment.objects.filter(cell__in=cells).order_by().values_list("cell_id").annotate(n=Count("pk"))
    return {pk: n for pk, n in found if pk not in hidden}
