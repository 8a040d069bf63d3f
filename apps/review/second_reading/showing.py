"""What rooms below show of second readings: on the home page and in the table of slides."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils.html import format_html

from apps.accounts.models import Adjudicator, Membership, User
from apps.review.models import OPEN, ReadingState, SecondItem, SecondReading, TableOpening
from apps.review.second_reading.selectors import LABELLERS
from apps.slides.columns import SlideColumn
from apps.slides.models import Slide

MOST_SHOWN = 6

_WORDS = {
    ReadingState.ASSIGNED: "waits for the reader",
    ReadingState.READING: "being read",
    ReadingState.DONE: "done",
}


def waiting(*, user: User) -> list[dict[str, Any]]:
    """Return the readings that wait for a person, and those with disagreements that this person may decide."""
    return [*_to_read(user), *_to_decide(user)]


def _to_read(user: User) -> list[dict[str, Any]]:
    places = Membership.objects.filter(user=user, role__in=LABELLERS).order_by().values("project")
    mine = (
        SecondReading.objects.filter(reader=user, state__in=OPEN, slide__trashed_at=None, project__in=places)
        .annotate(
            total=Count("items"), labelled=Count("items", filter=~Q(items__current_class=""), distinct=True)
        )
        .select_related("project")
        .order_by("pk")[:MOST_SHOWN]
    )
    return [
        {
            "title": "A second reading waits for you",
            "url": reverse("review:read", args=[reading.public_id]),
            "text": f"{reading.project.name}: {reading.labelled} of {reading.total} cells read.",
        }
        for reading in mine
    ]


def _to_decide(user: User) -> list[dict[str, Any]]:
    places = Membership.objects.filter(user=user, role__in=LABELLERS).order_by().values("project")
    opened = TableOpening.objects.filter(reading=OuterRef("reading"), actor=user)
    items = (
        SecondItem.objects.filter(
            ~Q(first_class=""),
            ~Q(first_class=F("current_class")),
            ~Q(first_by=user) | Q(reading__project__adjudicator=Adjudicator.FIRST_TOO),
            ~Exists(opened),
            decided_class="",
            reading__state=ReadingState.DONE,
            reading__project__in=places,
            reading__slide__trashed_at=None,
            cell__retired_at=None,
            cell__removed_at=None,
        )
        .exclude(reading__reader=user)
        .order_by()
        .values("reading__public_id", "reading__slide__title", "reading__project__name")
        .annotate(n=Count("pk"))
        .order_by("reading__public_id")[:MOST_SHOWN]
    )
    return [
        {
            "title": f"{row['n']} disagreement{'s' if row['n'] > 1 else ''} to adjudicate",
            "url": reverse("review:adjudicate", args=[row["reading__public_id"]]),
            "text": f"{row['reading__project__name']}: {row['reading__slide__title']}.",
        }
        for row in items
    ]


def column(*, slides: Sequence[Slide], user: User) -> SlideColumn | None:  # noqa: ARG001 - the hook's signature
    """Return how far the second reading of each slide is; no column where there is none."""
    standing = SecondReading.objects.standing().filter(slide__in=slides).order_by()
    found = {reading.slide_id: reading for reading in standing}
    if not found:
        return None
    return SlideColumn(
        title="Second reading",
        cells={
            slide: format_html(
                '<a href="{}">{}</a>',
                reverse("review:second-reading", args=[reading.public_id]),
                _WORDS[ReadingState(reading.state)],
            )
            for slide, reading in found.items()
        },
    )
