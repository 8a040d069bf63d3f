"""What changed on a slide since a page was loaded.

A cursor is the number of the newest change that is settled, and how many came after it. Numbers of rows are handed out
before transactions end, so a lower one may become visible after a higher one; those of the last seconds are therefore
counted, and told again when their count has grown. A cell may be told twice that way, and none is missed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db.models import Count, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from apps.accounts.models import Project
from apps.cells.models import Cell, Change, LabelEvent
from apps.core.errors import InvalidInput
from apps.slides.models import Slide

SETTLED = timedelta(seconds=30)
"""No transaction of the site takes longer."""

MOST_CHANGES = 5000
"""With more than these the page had better be loaded anew; what comes is all that stands."""


@dataclass(frozen=True, slots=True)
class Changes:
    """The changes after a cursor: ``new`` is false when they are those that the cursor knew of."""

    new: bool
    cursor: str
    rows: tuple[tuple[UUID | None, int | None, int | None], ...] = ()


def cursor_of(scope: Slide | Project) -> str:
    """Return the cursor for a page that is loaded now."""
    return _read(scope, settled=None, known=0).cursor


@dataclass(frozen=True, slots=True)
class Cursor:
    """A cursor taken apart: the newest settled change, and how many after it the page knows."""

    settled: int
    known: int

    @classmethod
    def read(cls, text: str) -> Cursor:
        """Return what a page sent.

        Raises:
            InvalidInput: it is no cursor.
        """
        settled, dot, known = text.partition(".")
        if not (dot and settled.isdecimal() and known.isdecimal() and len(text) <= 30 and text.isascii()):
            raise InvalidInput("This is no cursor. Load the page again.", code="cursor")
        # The largest number of a row of the table.
        if int(settled) >= 2**63:
            raise InvalidInput("This is no cursor. Load the page again.", code="cursor")
        return cls(int(settled), int(known))

    def __str__(self) -> str:
        return f"{self.settled}.{self.known}"


def younger(cursor: Cursor, *, of: str) -> Coalesce:
    """Return how many changes come after a cursor, to be asked along with a slide or project that is looked up.

    Args:
        cursor: What the page sent.
        of: How a change names what is looked up: "slide" or "slide__project".
    """
    after = Change.objects.filter(**{of: OuterRef("pk")}, slide__trashed_at=None, pk__gt=cursor.settled)
    counted = after.order_by().values(of).annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted), 0)


def changes_since(scope: Slide | Project, cursor: Cursor, *, young: int) -> Changes:
    """Return what changed after a cursor; without a query when there are as many younger changes as it knows.

    A change is only ever added, so as many are the same ones.
    """
    if young == cursor.known:
        return Changes(new=False, cursor=str(cursor))
    return _read(scope, settled=cursor.settled, known=cursor.known)


def _of(scope: Slide | Project) -> QuerySet[Change]:
    if isinstance(scope, Project):
        return Change.objects.filter(slide__project=scope, slide__trashed_at=None)
    return Change.objects.filter(slide=scope)


def _read(scope: Slide | Project, *, settled: int | None, known: int) -> Changes:
    changes = _of(scope)
    if settled is None:
        # A fresh page: what is settled is behind it. What came later may still be joined by lower numbers.
        settling = Q(created_at__lte=timezone.now() - SETTLED)
        ends = changes.aggregate(settled=Max("pk", filter=settling), newest=Max("pk"))
        behind = ends["settled"] or 0
        young = changes.filter(pk__gt=behind).count() if (ends["newest"] or 0) > behind else 0
        return Changes(new=False, cursor=f"{behind}.{young}")
    found = list(
        changes.filter(pk__gt=settled)
        .order_by("pk")
        .values_list("pk", "created_at", "act", "field_id", "cell_id")[: MOST_CHANGES + 1]
    )
    old = timezone.now() - SETTLED
    base = settled
    for pk, created_at, *_ in found:
        if created_at > old:
            break
        base = pk
    left = sum(1 for pk, *_ in found if pk > base)
    return Changes(
        new=len(found) != known,
        cursor=f"{base}.{left}",
        rows=tuple((act, field, cell) for _, _, act, field, cell in found),
    )


def changed_cells(scope: Slide | Project, changes: Changes) -> QuerySet[Cell]:
    """Return the cells that changes are about, those that are gone among them."""
    if isinstance(scope, Project):
        cells = Cell.objects.filter(project=scope)
    else:
        cells = Cell.objects.filter(field__slide=scope)
    if len(changes.rows) > MOST_CHANGES:
        return cells
    acts, fields, single = _parts(changes.rows)
    about = Q(pk__in=single) | Q(field__in=fields)
    if acts:
        about |= Q(pk__in=LabelEvent.objects.filter(act__in=acts).order_by().values("cell_id"))
    return cells.filter(about)


def _parts(
    rows: Iterable[tuple[UUID | None, int | None, int | None]],
) -> tuple[set[UUID], set[int], set[int]]:
    acts: set[UUID] = set()
    fields: set[int] = set()
    cells: set[int] = set()
    for act, field, cell in rows:
        if act is not None:
            acts.add(act)
        if cell is not None:
            cells.add(cell)
        elif field is not None:
            fields.add(field)
    return acts, fields, cells
