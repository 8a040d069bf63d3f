"""What a second reader is told before the reading is done: nothing of anybody's label, of any suggestion, or of order.

Everything that a browser or a program of the reader can ask for is asked for twice, in two worlds that differ only in
what others and the model said of the cells. Whatever differs in the answers is a leak.
"""

from __future__ import annotations

import itertools
import re
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import get_resolver, reverse

from apps.accounts.models import Role
from apps.cells.models import Cell, LabelEvent
from apps.cells.services import label
from apps.core import storage
from apps.review.second_reading import services
from apps.slides.models import Field, Slide
from tests.cells.factories import finding, make_cells, make_field
from tests.factories import member
from tests.kits import images as kit
from tests.review.asking import addresses, asked, got, known
from tests.review.reading_kit import Readers, readers

pytestmark = pytest.mark.django_db

OTHERS = ("monocyte", "basophil", "eosinophil", "lymphocyte")
WITHIN = {"slide_id", "field_id", "cell_id"}


@pytest.fixture
def world() -> Readers:
    made = readers()
    field = made.cells[0].field
    assert field is not None
    for key in (field.image_key, field.thumbnail_key, *(cell.crop_key for cell in made.cells)):
        storage.save_bytes(key, kit.encoded())
    return made


def with_said(
    world: Readers, classes: tuple[str, ...], browser: Client, places: dict[str, str]
) -> dict[str, Any]:
    """Return the answers in a world in which a third person and the model say these classes of the cells."""
    with transaction.atomic():
        for cell, name in zip(world.cells, classes, strict=True):
            cell.refresh_from_db()
            label(
                actor=world.third,
                cell=cell,
                to_class=name,
                expected_version=cell.version,
                seen_suggestion=True,
            )
            Cell.objects.filter(pk=cell.pk).update(suggested_class=name, suggested_probability=0.51)
        found = {name: got(browser, place) for name, place in places.items()}
        transaction.set_rollback(True)
    return found


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.RESEARCHER])
def test_nothing_that_the_reader_can_get_depends_on_what_others_said(world, sign_in, role):
    world.second.memberships.update(role=role)
    world.first_says("neutrophil", "neutrophil", "lymphocyte", "")
    reading = world.ask()
    browser = sign_in(world.second)
    places = asked(world, reading)
    assert len(places) > 30
    gallery = browser.get(places["review-api:project-gallery"]).json()
    changes = reverse("review-api:project-changes", args=[world.project.public_id])
    places["changes since"] = f"{changes}?since={gallery['cursor']}"
    told = [with_said(world, classes, browser, places) for classes in (OTHERS, OTHERS[::-1])]
    assert [name for name in places if told[0][name] != told[1][name]] == []
    # It was worth asking: somebody else sees the difference.
    here = {"slide": places["review-api:slide-cells"]}
    other = sign_in(world.first)
    assert with_said(world, OTHERS, other, here) != with_said(world, OTHERS[::-1], other, here)


def test_the_slide_and_all_on_it_is_closed_to_its_reader_and_to_nobody_else(world, sign_in):
    reading = world.ask()
    ids = known(world, reading)
    closed = {
        name: reverse(name, kwargs={part: ids[part] for part in wanted})
        for name, wanted in addresses(get_resolver())
        if wanted & WITHIN and wanted <= set(ids)
    }
    assert len(closed) > 15
    reader, other = sign_in(world.second), sign_in(world.first)
    assert {name for name, place in closed.items() if got(reader, place)[0] not in {404, 405}} == set()
    assert {name for name, place in closed.items() if got(other, place)[0] == 200} >= {
        "review:slide",
        "review-api:slide-cells",
        "slides:field-image",
        "cells-api:cell",
    }


def test_what_the_reader_would_do_to_a_cell_by_another_way_is_not_found(world, sign_in):
    world.ask()
    browser = sign_in(world.second)
    cell = world.cells[0]
    sent = {"to": "monocyte", "version": 1, "seen_suggestion": False}
    place = reverse("review-api:label", args=[cell.public_id])
    assert browser.post(place, sent, content_type="application/json").status_code == 404
    listed = {"labels": [{**sent, "cell": str(cell.public_id)}]}
    answer = browser.post(reverse("review-api:label-list"), listed, content_type="application/json")
    assert answer.status_code == 404
    assert not LabelEvent.objects.exists()


def test_the_document_of_a_reading_names_no_cell_and_nothing_said(world, sign_in):
    world.first_says("neutrophil", "neutrophil", "lymphocyte", "monocyte")
    reading = world.ask()
    answer = sign_in(world.second).get(reverse("review-api:reading-cells", args=[reading.public_id]))
    document = answer.json()
    assert set(document) == {"id", "state", "classes", "cells"}
    for cell in document["cells"]:
        assert set(cell) == {"id", "position", "class", "version", "crop_url"}
        assert cell["class"] == ""
    text = answer.content.decode()
    for cell in world.cells:
        assert str(cell.public_id) not in text
        assert cell.crop_key not in text
    assert str(world.slide.public_id) not in text


def test_the_order_says_nothing_of_class_and_is_kept(world):
    field = make_field(world.slide)
    make_cells(field, *(finding("neutrophil" if at < 30 else "lymphocyte", at=at) for at in range(60)))
    reading = world.ask()
    order = list(reading.items.order_by("position").values_list("cell__suggested_class", flat=True))
    changes = sum(a != b for a, b in itertools.pairwise(order))
    assert changes > 10  # sorted by class there would be three
    assert order == list(reading.items.order_by("position").values_list("cell__suggested_class", flat=True))


def test_pictures_come_to_the_reader_and_to_nobody_who_has_no_part_in_it(world, sign_in):
    reading = world.ask()
    item = reading.items.get(cell=world.cells[0])
    place = reverse("review:reading-crop", args=[reading.public_id, item.public_id])
    assert got(sign_in(world.second), place)[0] == 200
    for person in (world.first, world.third, world.researcher, member(world.project, Role.MANAGER)):
        assert got(sign_in(person), place)[0] == 404


def test_when_the_reading_is_over_the_slide_is_open_again(world, sign_in):
    reading = world.ask()
    assert not Slide.objects.visible_to(world.second).exists()
    assert not Field.objects.visible_to(world.second).exists()
    assert not Cell.objects.visible_to(world.second).exists()
    services.withdraw(actor=world.researcher, reading=reading)
    assert Slide.objects.visible_to(world.second).get() == world.slide
    again = world.ask()
    world.second_says(again, *OTHERS)
    services.finish(actor=world.second, reading=again)
    assert Cell.objects.visible_to(world.second).count() == 4


def test_other_slides_of_the_project_stay_open_to_the_reader(world):
    other = readers(2, world.project)
    world.ask()
    assert list(Slide.objects.visible_to(world.second)) == [other.slide]
    assert Cell.objects.visible_to(world.second).count() == 2


def test_second_labels_are_told_to_nobody_before_the_reading_is_done(world, sign_in):
    reading = world.ask()
    world.second_says(reading, *OTHERS)
    for person in (world.first, world.third, world.researcher):
        browser = sign_in(person)
        for name in ("review:second-reading", "review-api:second-reading"):
            text = got(browser, reverse(name, args=[reading.public_id]))[1]
            assert not re.search("|".join(OTHERS), text, re.IGNORECASE)
        assert browser.get(reverse("review-api:reading-cells", args=[reading.public_id])).status_code == 404
    table = sign_in(world.researcher).get(reverse("review:agreement-csv", args=[reading.public_id]))
    assert table.content.decode().count("\n") == 1


def test_what_the_first_has_not_labelled_is_not_told_after_it_either(world, sign_in):
    world.first_says("monocyte", "", "", "")
    reading = world.ask()
    world.second_says(reading, *OTHERS)
    services.finish(actor=world.second, reading=reading)
    text = sign_in(world.researcher).get(reverse("review:agreement-csv", args=[reading.public_id]))
    lines = text.content.decode().splitlines()
    assert len(lines) == 2
    assert "basophil" not in lines[1]
