"""Disagreements: decided by somebody else, on the cell, reversible, and blind."""

from __future__ import annotations

import json

import pytest

from apps.accounts.models import Adjudicator, Role
from apps.cells import services as cells_services
from apps.cells.models import Cell, EventKind
from apps.core.errors import Conflict, InvalidInput, NotFound, NotPermitted
from apps.review.models import Adjudication, SecondReading
from apps.review.second_reading import documents, selectors, services
from tests.factories import member
from tests.review.reading_kit import Readers, readers

pytestmark = pytest.mark.django_db

FIRST = ("neutrophil", "lymphocyte", "lymphocyte", "monocyte")
SECOND = ("monocyte", "neutrophil", "lymphocyte", "monocyte")


@pytest.fixture
def world() -> Readers:
    return readers()


@pytest.fixture
def reading(world) -> SecondReading:
    return world.done(FIRST, SECOND)


def decide(world: Readers, reading: SecondReading, at: int, to: str | None, by=None, **more: object):
    item = world.item(reading, world.cells[at])
    return services.decide(
        **{
            "actor": by or world.third,
            "reading": reading,
            "item_id": item.public_id,
            "to_class": to,
            "expected_version": item.decisions + 1,
            **more,
        }
    )


def now(world: Readers, at: int) -> Cell:
    return Cell.objects.get(pk=world.cells[at].pk)


def test_a_decision_becomes_the_label_of_who_decided_and_makes_a_reference(world, reading):
    decide(world, reading, 0, "monocyte")
    cell = now(world, 0)
    event = cell.events.order_by("-version_after")[0]
    assert (event.kind, event.actor, event.from_class, event.to_class) == (
        EventKind.LABEL,
        world.third,
        "neutrophil",
        "monocyte",
    )
    assert not event.seen_suggestion
    assert (cell.current_class, cell.reference_class) == ("monocyte", "monocyte")


def test_a_third_class_may_be_decided(world, reading):
    decide(world, reading, 0, "eosinophil")
    assert now(world, 0).reference_class == "eosinophil"
    with pytest.raises(InvalidInput):
        decide(world, reading, 1, "blast")
    assert world.item(reading, world.cells[1]).decisions == 0


def test_a_decision_is_withdrawn_with_its_label(world, reading):
    decide(world, reading, 0, "monocyte")
    item = decide(world, reading, 0, None)
    assert (item.decided_class, item.decisions) == ("", 2)
    cell = now(world, 0)
    assert (cell.current_class, cell.reference_class) == ("neutrophil", "")
    assert list(Adjudication.objects.values_list("number", "to_class")) == [(1, "monocyte"), (2, "")]
    decide(world, reading, 0, "neutrophil")
    assert now(world, 0).reference_class == "neutrophil"


def test_a_label_given_since_outlives_the_withdrawal(world, reading):
    decide(world, reading, 0, "monocyte")
    cells_services.label(
        actor=world.first,
        cell=now(world, 0),
        to_class="basophil",
        expected_version=3,
        seen_suggestion=True,
    )
    decide(world, reading, 0, None)
    cell = now(world, 0)
    assert (cell.current_class, cell.reference_class) == ("basophil", "")


def test_another_person_overrules_and_does_not_withdraw(world, reading):
    decide(world, reading, 0, "monocyte")
    other = member(world.project, Role.MANAGER)
    with pytest.raises(NotPermitted):
        decide(world, reading, 0, None, by=other)
    decide(world, reading, 0, "neutrophil", by=other)
    assert now(world, 0).reference_class == "neutrophil"


def test_the_later_of_two_is_shown_both_values(world, reading):
    decide(world, reading, 0, "monocyte")
    with pytest.raises(Conflict) as refused:
        decide(world, reading, 0, "neutrophil", by=member(world.project, Role.REVIEWER), expected_version=1)
    assert refused.value.detail == {"yours": "neutrophil", "current": {"class": "monocyte", "version": 2}}


def test_a_repeated_key_is_one_decision(world, reading):
    for _ in range(2):
        item = decide(world, reading, 0, "monocyte", idempotency_key="d1", expected_version=1)
        assert item.decisions == 1
    assert now(world, 0).version == 3


def test_undo_withdraws_ones_last_decision_across_cells(world, reading):
    decide(world, reading, 0, "monocyte")
    decide(world, reading, 1, "neutrophil")
    undone = [services.undo_decision(actor=world.third, reading=reading).cell_id for _ in range(2)]
    assert undone == [world.cells[1].pk, world.cells[0].pk]
    assert [now(world, at).current_class for at in (0, 1)] == ["neutrophil", "lymphocyte"]
    with pytest.raises(InvalidInput):
        services.undo_decision(actor=world.third, reading=reading)


def test_a_repeated_undo_is_one(world, reading):
    decide(world, reading, 0, "monocyte")
    decide(world, reading, 1, "neutrophil")
    for _ in range(2):
        item = services.undo_decision(actor=world.third, reading=reading, idempotency_key="u1")
        assert item.cell_id == world.cells[1].pk
    assert now(world, 0).reference_class == "monocyte"


def test_what_both_class_alike_is_not_decided(world, reading):
    with pytest.raises(NotFound):
        decide(world, reading, 2, "basophil")


def test_neither_reader_decides(world, reading):
    for person in (world.first, world.second):
        with pytest.raises(NotPermitted):
            decide(world, reading, 0, "monocyte", by=person)
    assert not selectors.to_decide(reading, world.first).exists()


def test_the_first_reader_decides_where_the_project_says_so(world, reading):
    reading.project.adjudicator = Adjudicator.FIRST_TOO
    reading.project.save()
    decide(world, reading, 0, "monocyte", by=world.first)
    with pytest.raises(NotPermitted):
        decide(world, reading, 1, "monocyte", by=world.second)


def test_a_viewer_does_not_decide(world, reading):
    with pytest.raises(NotPermitted):
        decide(world, reading, 0, "monocyte", by=member(world.project, Role.VIEWER))


def test_nothing_is_decided_before_the_reading_is_done(world):
    world.first_says(*FIRST)
    reading = world.ask()
    world.second_says(reading, *SECOND)
    with pytest.raises(NotPermitted):
        decide(world, reading, 0, "monocyte")


def test_a_removed_cell_is_not_to_be_decided(world, reading):
    Cell.objects.filter(pk=world.cells[0].pk).update(removed_at=world.slide.created_at)
    assert [item.cell for item in selectors.to_decide(reading, world.third)] == [world.cells[1]]


def test_who_has_seen_who_said_what_decides_no_more(world, reading):
    assert not selectors.table_is_open(reading, world.third)
    services.open_table(actor=world.third, reading=reading)
    assert selectors.table_is_open(reading, world.third)
    with pytest.raises(NotPermitted):
        decide(world, reading, 0, "monocyte")


def test_the_table_opens_when_everything_is_decided_and_at_once_for_who_cannot_decide(world, reading):
    assert selectors.table_is_open(reading, world.first)
    assert selectors.table_is_open(reading, member(world.project, Role.VIEWER))
    decide(world, reading, 0, "monocyte")
    assert not selectors.table_is_open(reading, world.third)
    decide(world, reading, 1, "neutrophil")
    assert selectors.table_is_open(reading, world.third)


def test_the_page_of_adjudication_does_not_know_who_said_what():
    """Noninterference: with the two readers' labels exchanged, the page holds the same."""
    shown = []
    for first, second in ((FIRST, SECOND), (SECOND, FIRST)):
        world = readers()
        reading = world.done(first, second)
        document = documents.adjudication_document(reading, world.third)
        said = {str(item.public_id): world.cells.index(item.cell) for item in reading.items.all()}
        shown.append(
            sorted(
                (said[cell["id"]], cell["class"], cell["version"], cell["candidates"])
                for cell in document["cells"]
            )
        )
        assert "first" not in json.dumps(document)
    assert shown[0] == shown[1]
    assert [candidates for *_, candidates in shown[0]] == [
        ["neutrophil", "monocyte"],
        ["neutrophil", "lymphocyte"],
    ]
