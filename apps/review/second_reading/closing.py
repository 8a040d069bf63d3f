"""What a second reader must not see until the reading is done, and who decides until the decision."""

from __future__ import annotations

from django.db.models import Exists, F, Model, OuterRef, Q, QuerySet

from apps.accounts.models import Membership
from apps.accounts.permissions import Person
from apps.core.registries import visibility_rules
from apps.review.models import OPEN, ReadingState, SecondItem, SecondReading, TableOpening
from apps.review.second_reading.selectors import LABELLERS


def closed_slides(*, user: Person) -> QuerySet[SecondReading, int]:
    """Return the keys of the slides that the person is to read without knowing other people's labels."""
    open_ = SecondReading.objects.filter(reader_id=user.pk or 0, state__in=OPEN).order_by()
    return open_.values_list("slide_id", flat=True)


def closed_otherwise(*, user: Person) -> list[QuerySet[Model, int]]:
    """Return the keys of the slides that are closed to a person by another rule than that of second readings."""
    return [rule(user=user) for rule in visibility_rules if rule is not closed_slides]


def undecided_cells(*, user: Person, **where: int) -> QuerySet[SecondItem, int]:
    """Return the keys of the cells on which two readers differ and about which the person could decide.

    Their class is on the cell, so whoever saw it would know which of the two is the first reader's. Who gave that label
    knows it anyway; who opened the table of agreement decides no more.

    Args:
        user: Who asks.
        where: The key of a ``slide``, ``project`` or ``cell``, for the cells of one alone.
    """
    at = {"slide": "reading__slide", "project": "reading__project", "cell": "cell"}
    opened = TableOpening.objects.filter(reading=OuterRef("reading"), actor=user.pk)
    member = Membership.objects.filter(
        user=user.pk, role__in=LABELLERS, project=OuterRef("reading__project")
    ).order_by()
    items = SecondItem.objects.filter(
        ~Q(first_class=""),
        ~Q(first_class=F("current_class")),
        Exists(member),
        ~Exists(opened),
        decided_class="",
        reading__state=ReadingState.DONE,
        cell__retired_at=None,
        cell__removed_at=None,
        **{at[name]: value for name, value in where.items()},
    )
    mine = Q(reading__reader=user.pk) | Q(first_by=user.pk)
    return items.exclude(mine).order_by().values_list("cell_id", flat=True)
