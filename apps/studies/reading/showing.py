"""What a reader finds on the home page."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime

from apps.accounts.models import User
from apps.studies.models import Enrolment, Slot, State

MOST_SHOWN = 6


def name_of(enrolment: Enrolment) -> str:
    """Return what a study is called towards its reader; the title is the staff's, and may tell what is studied."""
    return enrolment.study.plan.reader_title or "Reading of cell images"


def _wanted(enrolment: Enrolment) -> str:
    due = enrolment.study.due_at
    return f" Answers are wanted by {date_format(localtime(due))}." if due else ""


def waiting(*, user: User) -> list[dict[str, Any]]:
    """Return the studies that wait for a person as reader; two queries."""
    mine = list(
        Enrolment.objects.filter(reader=user, withdrawn_at=None, study__state=State.OPEN)
        .select_related("study")
        .order_by("pk")[:MOST_SHOWN]
    )
    if not mine:
        return []
    unread = Slot.objects.filter(enrolment__in=mine, readings__isnull=True).exclude(case__image="").order_by()
    left = set(unread.values_list("enrolment_id", flat=True).distinct())
    return [
        {
            "title": f"{'Reminder: ' if enrolment.reminded_at else ''}{name_of(enrolment)} waits for you",
            "url": reverse("studies:reading", args=[enrolment.public_id]),
            "text": f"You read it as {enrolment.pseudonym}.{_wanted(enrolment)}",
        }
        for enrolment in mine
        if enrolment.pk in left
    ]
