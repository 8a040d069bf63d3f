"""A slide that is purged and a person who is erased leave a study as they leave everything else."""

from __future__ import annotations

import pytest
from django.db import transaction
from django.utils import timezone

from apps.accounts.models import AuditEvent
from apps.accounts.services import erase_person
from apps.core.errors import Conflict
from apps.core.models import DoomedObject
from apps.slides.purging import purge_slide
from apps.studies import selectors, services
from apps.studies.models import Invitation, Reading, State, Viewing
from apps.studies.services import reading
from tests.factories import SiteAdminFactory
from tests.kits.studies import make_study
from tests.studies.test_reading import again, serve, submit
from tests.studies.test_visibility import with_a_slide

pytestmark = pytest.mark.django_db


def test_a_purged_slide_takes_its_picture_along_and_leaves_the_reading():
    kit, on_slide, _ = with_a_slide()
    mine = kit.enrolments[0]
    case = next(key.case for key in kit.truth.values() if key.crop_id == on_slide.pk)
    image, position = case.image, mine.slots.get(case=case).position
    while (now := serve(mine)) is not None and now.slot_position <= position:
        submit(mine, now.slot_position)
    slide = on_slide.field.slide
    purge_slide(slide=slide, actor=None, transaction=transaction.atomic, anywhere=True)
    case.refresh_from_db()
    assert (case.image, len(case.image_digest)) == ("", 64)
    assert DoomedObject.objects.filter(key=image).exists()
    assert kit.truth[case.code].crop_id is None
    assert kit.truth[case.code].intended_class
    assert Reading.objects.filter(slot__case=case).exists()
    assert selectors.progress(kit.study)[0].total == 12


def test_whoever_had_not_read_it_goes_on_without_it():
    kit, on_slide, _ = with_a_slide()
    mine = kit.enrolments[0]
    purge_slide(slide=on_slide.field.slide, actor=None, transaction=transaction.atomic, anywhere=True)
    done = 0
    while (now := serve(mine)) is not None:
        assert now.n == 11
        submit(mine, now.slot_position)
        done += 1
    assert done == 11
    assert [(one.answered, one.total) for one in selectors.progress(kit.study)] == [(11, 11)]


def test_a_slide_is_purged_whatever_state_a_study_is_in():
    for state in (State.PREPARED, State.LOCKED, State.CLOSED, State.UNBLINDED):
        kit, on_slide, _ = with_a_slide(state)
        slide = on_slide.field.slide
        assert purge_slide(slide=slide, actor=None, transaction=transaction.atomic, anywhere=True)
        assert kit.study.cases.filter(image="").count() == 1


def test_an_erased_reader_leaves_readings_and_nothing_personal():
    kit = make_study(readers=2)
    mine = kit.enrolments[0]
    invitation, _ = services.invite(actor=kit.owner, study=kit.study, for_name="Dr Anna Ash")
    Invitation.objects.filter(pk=invitation.pk).update(used_by=mine.reader, used_at=timezone.now())
    services.describe(
        enrolment=again(mine), actor=mine.reader, experience={"role": "Dr Ash"}, screen={"width": 1234}
    )
    reading.record_view(enrolment=again(mine), position=1, actor=mine.reader, screen={"width": 1234})
    submit(mine, 1)
    kit.read(kit.enrolments[1])
    erase_person(actor=SiteAdminFactory(), user=mine.reader)
    left = again(mine)
    assert (left.experience, left.screen, left.pseudonym) == ({}, {}, "R1")
    assert left.withdrawn_at is not None
    assert Invitation.objects.get(pk=invitation.pk).for_name == ""
    assert list(Viewing.objects.order_by("pk").values_list("screen", flat=True)) == [None, {}]
    assert Reading.objects.filter(slot__enrolment=mine).count() == 1
    assert again(kit.enrolments[1]).withdrawn_at is None


def test_readings_of_an_erased_reader_count_where_the_study_was_over():
    kit = make_study(State.CLOSED)
    erase_person(actor=SiteAdminFactory(), user=kit.enrolments[0].reader)
    assert again(kit.enrolments[0]).withdrawn_at is None


def test_nobody_is_picked_by_erasing_an_account_of_a_study_that_was_closed_once():
    kit = make_study(State.CLOSED)
    services.extend(actor=kit.owner, study=kit.study, due_at=None, why="One more week.")
    erase_person(actor=SiteAdminFactory(), user=kit.enrolments[0].reader)
    assert again(kit.enrolments[0]).withdrawn_at is None


def test_staff_end_nobodys_part_once_the_answers_could_be_seen():
    kit = make_study(State.CLOSED)
    mine = kit.enrolments[0]
    services.extend(actor=kit.owner, study=kit.study, due_at=None, why="One more week.")
    for actor in (kit.owner, kit.manager, SiteAdminFactory()):
        with pytest.raises(Conflict) as raised:
            services.withdraw(actor=actor, enrolment=again(mine), why="Disliked.")
        assert raised.value.code == "once-closed"
    assert again(mine).withdrawn_at is None
    services.withdraw(actor=mine.reader, enrolment=again(mine))
    assert again(mine).withdrawn_at is not None


def test_what_a_reader_tells_anew_is_on_record_with_what_was_told_before():
    kit = make_study()
    mine = kit.enrolments[0]

    def tell(years: int, vision: str) -> list[AuditEvent]:
        services.describe(
            enrolment=again(mine),
            actor=mine.reader,
            experience={"role": "trainee", "years": years},
            screen={"colour_vision": vision, "width": 800},
        )
        return list(AuditEvent.objects.filter(verb="study-reader-retold"))

    assert tell(2, "red-green") == []
    assert tell(2, "red-green") == []
    [event] = tell(20, "normal")
    assert event.actor == mine.reader
    # The record is never cleaned, so it says of eyes only that something else was told.
    assert event.detail == {
        "pseudonym": "R1",
        "changed": ["colour_vision", "years"],
        "before": {"years": 2},
        "after": {"years": 20},
    }


def test_links_of_an_erased_member_of_the_staff_are_closed():
    kit = make_study()
    invitation, _ = services.invite(actor=kit.owner, study=kit.study)
    erase_person(actor=SiteAdminFactory(), user=kit.owner)
    assert Invitation.objects.get(pk=invitation.pk).withdrawn_at is not None
