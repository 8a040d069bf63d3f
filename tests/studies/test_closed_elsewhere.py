"""A slide that a study closes to its reader is closed in second readings too."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.models import Role
from apps.core import storage
from apps.core.errors import Conflict
from apps.review.models import SecondReading
from apps.review.second_reading.services import assign
from apps.studies.models import State
from tests.factories import member
from tests.kits import images
from tests.studies.test_visibility import with_a_slide

pytestmark = pytest.mark.django_db


def test_a_second_reading_of_a_slide_that_a_study_closes_is_closed_with_it() -> None:
    kit, on_slide, reader = with_a_slide(State.DRAFT)
    assert on_slide.field is not None
    storage.save_bytes(on_slide.crop_key, images.encoded())
    reading = assign(actor=kit.owner, slide=on_slide.field.slide, reader=reader)
    item = reading.items.get()
    client = Client()
    client.force_login(reader)
    places = [
        reverse("review:read", args=[reading.public_id]),
        reverse("review:reading-crop", args=[reading.public_id, item.public_id]),
        reverse("review-api:second-reading", args=[reading.public_id]),
    ]

    def got() -> list[int]:
        answers = [client.get(place) for place in places]
        for answer in answers:
            for close in answer._resource_closers:  # files that nobody reads here
                close()
        return [answer.status_code for answer in answers]

    assert got() == [200] * len(places)
    kit.add_reader(reader)
    kit.to(State.OPEN)
    assert got() == [404] * len(places)
    assert not SecondReading.objects.visible_to(reader).exists()
    assert SecondReading.objects.visible_to(kit.owner).exists()
    kit.to(State.UNBLINDED)
    assert got() == [200] * len(places)


def test_nobody_is_asked_to_read_a_slide_that_a_study_closes() -> None:
    kit, on_slide, reader = with_a_slide(State.OPEN)
    assert on_slide.field is not None
    slide = on_slide.field.slide
    with pytest.raises(Conflict, match=r"closed to .+ for the time being") as raised:
        assign(actor=kit.owner, slide=slide, reader=reader)
    assert raised.value.code == "closed"
    assert not SecondReading.objects.exists()
    assert assign(actor=kit.owner, slide=slide, reader=member(kit.project, Role.REVIEWER))
