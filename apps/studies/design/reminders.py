"""Reminders: a line on a reader's home page, put there by staff or by the schedule. The site sends no mail."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.db.models import Count, DateTimeField, Max, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from apps.studies.models import Enrolment, Slot, State

RESTED_FOR: Final = timedelta(days=3)
"""A reader who has not read for so long is reminded, and not again before as much time has passed."""

BEFORE_DUE: Final = timedelta(days=3)
"""From so long before the day by which readings are wanted, readers are reminded every day."""

DAY: Final = timedelta(days=1)


def remind() -> int:
    """Remind every reader who should be; return how many. Called by the schedule, safe to call again."""
    now = timezone.now()
    due = [enrolment.pk for enrolment in _rested(now) if _has_images(enrolment, now)]
    return Enrolment.objects.filter(pk__in=due, withdrawn_at=None).update(reminded_at=now) if due else 0


def _rested(now: datetime) -> QuerySet[Enrolment]:
    """Return the readers of open studies who have not read for some time and heard nothing for as long.

    Each with ``active_at``, when the reader last did something: the last answer, else joining or the study's opening.
    """
    active = Coalesce(
        Max("slots__readings__submitted_at"), "study__opened_at", "created_at", output_field=DateTimeField()
    )
    found = (
        Enrolment.objects.filter(study__state=State.OPEN, withdrawn_at=None)
        .select_related("study")
        .annotate(active_at=active)
    )
    ending = Q(study__due_at__gt=now, study__due_at__lt=now + BEFORE_DUE)
    long_ago = Q(active_at__lt=now - RESTED_FOR, created_at__lt=now - RESTED_FOR)
    unheard = Q(reminded_at=None) | Q(reminded_at__lt=now - RESTED_FOR)
    yesterday = Q(active_at__lt=now - DAY, created_at__lt=now - DAY)
    unheard_today = Q(reminded_at=None) | Q(reminded_at__lt=now - DAY)
    return found.filter((long_ago & unheard) | (ending & yesterday & unheard_today))


def _has_images(enrolment: Enrolment, now: datetime) -> bool:
    """Return whether something can be read now; a second sitting whose time has not come cannot."""
    unread = Slot.objects.filter(enrolment=enrolment, readings=None).exclude(case__image="")
    left = unread.aggregate(all=Count("pk"), first=Count("pk", filter=Q(sitting=1)))
    if left["first"] or not left["all"]:
        return bool(left["first"])
    done: datetime = enrolment.active_at  # type: ignore[attr-defined]  # an annotation of `_rested`
    return done + timedelta(days=enrolment.study.plan.sitting_gap_days) <= now
