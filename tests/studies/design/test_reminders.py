"""Who is reminded, and when not."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from apps.jobs import schedule
from apps.studies import services
from apps.studies.design import reminders
from apps.studies.models import Enrolment, State, Study
from tests.kits.studies import Kit, make_study

pytestmark = pytest.mark.django_db


def ago(days: float) -> datetime:
    return timezone.now() - timedelta(days=days)


def joined(kit: Kit, days: float) -> None:
    """Let everything have begun so many days ago."""
    Study.objects.filter(pk=kit.study.pk).update(opened_at=ago(days))
    Enrolment.objects.filter(study=kit.study).update(created_at=ago(days))


def reminded(kit: Kit) -> list[str]:
    kit.fresh()
    return [one.pseudonym for one in kit.enrolments if one.reminded_at is not None]


def test_the_schedule_knows_it() -> None:
    assert "studies.remind" in schedule._REGISTERED


def test_who_has_rested_for_three_days_is_reminded_once() -> None:
    kit = make_study(readers=2)
    joined(kit, 4)
    kit.read(kit.enrolments[0])
    assert reminders.remind() == 1
    assert reminded(kit) == ["R2"]
    assert reminders.remind() == 0
    Enrolment.objects.filter(study=kit.study, pseudonym="R2").update(reminded_at=ago(3.1))
    assert reminders.remind() == 1


def test_who_joined_late_is_left_alone() -> None:
    kit = make_study()
    Study.objects.filter(pk=kit.study.pk).update(opened_at=ago(30))
    assert reminders.remind() == 0


@pytest.mark.parametrize("state", [State.LOCKED, State.CLOSED])
def test_only_open_studies_remind(state: State) -> None:
    kit = make_study(state)
    joined(kit, 10)
    assert reminders.remind() == 0


def test_who_has_finished_or_withdrawn_is_left_alone() -> None:
    kit = make_study(readers=2)
    kit.read_all(kit.enrolments[0])
    services.withdraw(actor=kit.enrolments[1].reader, enrolment=kit.enrolments[1])
    joined(kit, 10)
    assert reminders.remind() == 0


def test_on_the_last_days_everybody_is_reminded_daily() -> None:
    kit = make_study()
    joined(kit, 1.5)
    Study.objects.filter(pk=kit.study.pk).update(due_at=timezone.now() + timedelta(days=2))
    assert reminders.remind() == 1
    assert reminders.remind() == 0
    Enrolment.objects.filter(study=kit.study).update(reminded_at=ago(1.1))
    assert reminders.remind() == 1


def test_nobody_is_reminded_of_a_sitting_that_is_not_open() -> None:
    kit = make_study(questions=("class", "realism"), sittings=2, sitting_gap_days=28)
    while kit.read(kit.enrolments[0]) is not None and _first_left(kit):
        pass
    joined(kit, 10)
    enrolment = kit.enrolments[0]
    assert not _first_left(kit)
    found = Enrolment.objects.select_related("study").get(pk=enrolment.pk)
    found.active_at = ago(10)
    assert not reminders._has_images(found, timezone.now())
    found.active_at = ago(29)
    assert reminders._has_images(found, timezone.now())


def _first_left(kit: Kit) -> bool:
    return kit.enrolments[0].slots.filter(sitting=1, readings=None).exists()
