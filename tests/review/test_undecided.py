"""Who could decide between two readers learns nowhere which class is the first reader's, and undo takes decisions back.

Everything that this person can ask for is asked for twice, in two worlds that differ only in which of the two readers
said which class. Whatever differs in the answers is a leak.
"""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.db import transaction
from django.urls import reverse

from apps.accounts.models import Role
from apps.cells import services as cells_services
from apps.cells.models import Cell, LabelEvent
from apps.cells.selectors import biography
from apps.cells.selectors.blind import undecided
from apps.core import storage
from apps.core.errors import NotPermitted
from apps.datasets.services import request_export
from apps.review.models import Adjudication
from apps.review.second_reading import services
from tests.factories import member
from tests.kits import images as kit
from tests.review.asking import asked, got
from tests.review.reading_kit import Readers, readers

pytestmark = pytest.mark.django_db

FIRST = ("neutrophil", "lymphocyte", "lymphocyte", "monocyte")
SECOND = ("monocyte", "lymphocyte", "lymphocyte", "monocyte")
UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
# Shows the two classes without order to who decides; a test of its own holds it to that.
OF_THE_READING = ("reading", "adjudicat", "second-reading", "agreement", "disagreement")


@pytest.fixture
def world() -> Readers:
    made = readers()
    field = made.cells[0].field
    assert field is not None
    for key in (field.image_key, field.thumbnail_key, *(cell.crop_key for cell in made.cells)):
        storage.save_bytes(key, kit.encoded())
    return made


def answers(world: Readers, sign_in: Any, first: tuple[str, ...], second: tuple[str, ...]) -> dict[str, Any]:
    """Return all that the third person is answered in a world in which the two said this."""
    with transaction.atomic():
        reading = world.done(first, second)
        browser = sign_in(world.third)
        places = asked(world, reading, world.third)
        asked_for = {
            name: got(browser, place)
            for name, place in places.items()
            if not any(word in name for word in OF_THE_READING)
        }
        transaction.set_rollback(True)
    # Readings and acts are made in each world anew, under other names.
    old = {str(cell.public_id) for cell in world.cells} | {str(world.slide.public_id)}
    return {
        name: (status, re.sub(UUID, lambda one: one[0] if one[0] in old else "another", body))
        for name, (status, body) in asked_for.items()
    }


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.RESEARCHER])
def test_nothing_tells_who_decides_which_class_is_the_first_readers(world, sign_in, role):
    world.third.memberships.update(role=role)
    told = [answers(world, sign_in, *said) for said in ((FIRST, SECOND), (SECOND, FIRST))]
    assert {"review:slide", "review-api:slide-cells", "review-api:events"} <= set(told[0])
    assert [name for name in told[0] if told[0][name] != told[1][name]] == []
    # It was worth asking: whoever cannot decide sees the difference.
    viewer = member(world.project, Role.VIEWER)
    world.third = viewer
    told = [answers(world, sign_in, *said) for said in ((FIRST, SECOND), (SECOND, FIRST))]
    assert told[0]["review-api:slide-cells"] != told[1]["review-api:slide-cells"]
    assert told[0]["review-api:events"] != told[1]["review-api:events"]


def test_only_the_cells_in_dispute_are_hidden_and_only_until_they_are_decided(world, sign_in):
    reading = world.done(FIRST, SECOND)
    assert undecided(world.third, slide=world.slide.pk) == {world.cells[0].pk}
    for known in (world.first, world.second, member(world.project, Role.VIEWER)):
        assert not undecided(known, project=world.project.pk)
    place = reverse("review-api:slide-cells", args=[world.slide.public_id])
    cells = {cell["id"]: cell for cell in sign_in(world.third).get(place).json()["cells"]}
    hidden, open_ = (cells[str(world.cells[at].public_id)] for at in (0, 1))
    assert (hidden["class"], hidden["letter"], hidden["by"], hidden["probabilities"]) == ("", "?", "", {})
    assert open_["class"] == "lymphocyte"
    item = world.item(reading, world.cells[0])
    services.decide(
        actor=world.third, reading=reading, item_id=item.public_id, to_class="monocyte", expected_version=1
    )
    assert not undecided(world.third, cell=world.cells[0].pk)


def test_who_opens_the_table_sees_and_decides_no_more(world):
    reading = world.done(FIRST, SECOND)
    services.open_table(actor=world.third, reading=reading)
    assert not undecided(world.third)


def test_the_biography_tells_only_what_one_did_oneself(world):
    world.done(FIRST, SECOND)
    cell = Cell.objects.select_related("project").get(pk=world.cells[0].pk)
    assert "label" not in {chapter.kind for chapter in biography(cell, world.third)}
    assert "label" in {chapter.kind for chapter in biography(cell, world.first)}


def test_labelling_such_a_cell_in_passing_is_refused_with_the_way_to_decide(world, sign_in):
    world.done(FIRST, SECOND)
    sent = {"to": "monocyte", "version": 2, "seen_suggestion": False}
    place = reverse("review-api:label", args=[world.cells[0].public_id])
    answer = sign_in(world.third).post(place, sent, content_type="application/json")
    assert answer.status_code == 403
    assert answer.json()["error"]["code"] == "undecided"
    assert "Second readings" in answer.json()["error"]["message"]
    assert not LabelEvent.objects.filter(actor=world.third).exists()


def test_of_a_list_only_the_cell_in_dispute_is_refused(world, sign_in):
    world.done(FIRST, SECOND)
    sent = [
        {"cell": str(cell.public_id), "to": "eosinophil", "version": 2, "seen_suggestion": False}
        for cell in world.cells[:2]
    ]
    place = reverse("review-api:label-list")
    answer = sign_in(world.third).post(place, {"labels": sent}, content_type="application/json")
    assert [result["status"] for result in answer.json()["results"]] == [403, 200]


def test_labels_are_taken_out_by_nobody_who_could_decide(world, sign_in):
    world.done(FIRST, SECOND)
    world.third.memberships.update(role=Role.RESEARCHER)
    with pytest.raises(NotPermitted) as refused:
        request_export(actor=world.third, project=world.project, format="csv")
    assert refused.value.code == "undecided"
    table = reverse("cells-api:cell-table", args=[world.slide.public_id])
    assert sign_in(world.third).get(table).status_code == 403


def decided(world: Readers) -> Any:
    reading = world.done(FIRST, SECOND)
    item = world.item(reading, world.cells[0])
    return services.decide(
        actor=world.third, reading=reading, item_id=item.public_id, to_class="monocyte", expected_version=1
    )


def state(item: Any) -> tuple[str, int, str, str]:
    item.refresh_from_db()
    item.cell.refresh_from_db()
    return item.decided_class, item.decisions, item.cell.current_class, item.cell.reference_class


def test_undo_on_the_slide_withdraws_the_decision_and_redo_decides_again(world):
    item = decided(world)
    cells_services.undo_act(actor=world.third, scope=world.slide, idempotency_key="u")
    assert state(item) == ("", 2, "neutrophil", "")
    assert undecided(world.third) == {item.cell_id}
    cells_services.redo_act(actor=world.third, scope=world.slide, idempotency_key="r")
    assert state(item) == ("monocyte", 3, "monocyte", "monocyte")
    cells_services.undo_act(actor=world.third, scope=world.project, idempotency_key="u2")
    assert state(item) == ("", 4, "neutrophil", "")
    assert list(Adjudication.objects.values_list("number", "to_class")) == [
        (1, "monocyte"),
        (2, ""),
        (3, "monocyte"),
        (4, ""),
    ]


def test_undo_of_the_cell_itself_withdraws_too(world, sign_in):
    item = decided(world)
    place = reverse("review-api:undo", args=[item.cell.public_id])
    answer = sign_in(world.third).post(place, {"version": 3}, content_type="application/json")
    assert answer.status_code == 200
    # The first reader's label is back on the cell, and hidden again.
    assert json.loads(answer.content)["cell"]["class"] == ""
    assert state(item) == ("", 2, "neutrophil", "")


def test_redo_of_who_has_opened_the_table_since_decides_nothing(world):
    item = decided(world)
    cells_services.undo_act(actor=world.third, scope=world.slide, idempotency_key="u")
    services.open_table(actor=world.third, reading=item.reading)
    cells_services.redo_act(actor=world.third, scope=world.slide, idempotency_key="r")
    assert state(item) == ("", 2, "monocyte", "")


def test_undo_of_another_label_leaves_the_decision(world):
    item = decided(world)
    cell = world.cells[1]
    cells_services.label(
        actor=world.third, cell=cell, to_class="basophil", expected_version=2, seen_suggestion=False
    )
    cells_services.undo_act(actor=world.third, scope=world.slide, idempotency_key="u")
    assert state(item) == ("monocyte", 1, "monocyte", "monocyte")
