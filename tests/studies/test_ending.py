"""How reading ends: by leaving until the answers are evaluated, and though an image is gone."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.core.errors import Conflict
from apps.slides.purging import purge_slide
from apps.studies import services
from apps.studies.design import home, reminders
from apps.studies.models import State
from apps.studies.reading import showing
from tests.kits.studies import make_study
from tests.studies.test_reading import again, serve, submit
from tests.studies.test_visibility import with_a_slide

pytestmark = pytest.mark.django_db


def test_nobody_waits_for_an_image_that_is_gone():
    kit, on_slide, reader = with_a_slide()
    mine = kit.enrolments[0]
    purge_slide(slide=on_slide.field.slide, actor=None, transaction=transaction.atomic, anywhere=True)
    while (now := serve(mine)) is not None:
        submit(mine, now.slot_position)
    assert mine.slots.filter(readings=None).count() == 1
    assert showing.waiting(user=reader) == []
    assert [item["title"] for item in home.waiting(user=kit.owner)] == ["Real or not has been read by all"]
    rested = again(mine)
    rested.active_at = timezone.now() - timedelta(days=10)
    assert not reminders._has_images(rested, timezone.now())


def test_a_reader_leaves_a_closed_study_until_it_is_unblinded(client: Client):
    kit = make_study(readers=3)
    mine, yours, late = kit.enrolments
    kit.read(mine)
    kit.to(State.CLOSED)
    with pytest.raises(Conflict):
        services.withdraw(actor=kit.owner, enrolment=again(yours), why="Odd answers.")
    client.force_login(mine.reader)
    assert "Leave this study" in client.get(page(mine)).content.decode()
    assert client.post(reverse("studies:reading-withdraw", args=[mine.public_id])).status_code == 302
    assert "You have left this study" in client.get(page(mine)).content.decode()
    kit.to(State.UNBLINDED)
    with pytest.raises(Conflict):
        services.withdraw(actor=late.reader, enrolment=again(late))
    client.force_login(late.reader)
    assert "Leave this study" not in client.get(page(late)).content.decode()
    assert [again(one).withdrawn_at is None for one in (mine, yours, late)] == [False, True, True]


def page(enrolment) -> str:
    return reverse("studies:reading", args=[enrolment.public_id])
