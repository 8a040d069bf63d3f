"""Second readings: who may be asked, what a reader does, and that nothing of it is ever lost or changed."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from apps.accounts.models import AuditEvent, Membership, Role
from apps.cells import services as cells_services
from apps.cells.models import Cell
from apps.core.errors import Conflict, Gone, InvalidInput, NotFound, NotPermitted
from apps.review.models import ReadingState, SecondLabel, SecondReading
from apps.review.second_reading import selectors, services
from tests.cells.factories import make_slide
from tests.factories import UserFactory, member
from tests.review.reading_kit import Readers, readers

pytestmark = pytest.mark.django_db

ALIKE = ("neutrophil", "neutrophil", "lymphocyte", "monocyte")


@pytest.fixture
def world() -> Readers:
    return readers()


@pytest.fixture
def reading(world) -> SecondReading:
    return world.ask()


def say(world: Readers, reading: SecondReading, at: int, to: str | None, **more: object):
    item = world.item(reading, world.cells[at])
    values = {"expected_version": item.version, **more}
    return services.label(actor=world.second, reading=reading, item_id=item.public_id, to_class=to, **values)


# --- asking ---------------------------------------------------------------------------------------------------------


def test_every_standing_cell_is_asked_about_once_in_a_drawn_order(world):
    many = readers(40)
    reading = many.ask()
    order = list(reading.items.order_by("position").values_list("cell_id", flat=True))
    assert sorted(order) == [cell.pk for cell in many.cells]
    assert order != sorted(order)
    assert list(reading.items.order_by("position").values_list("position", flat=True)) == list(range(1, 41))


def test_retired_cells_and_cells_without_a_picture_are_not_asked_about(world):
    Cell.objects.filter(pk=world.cells[0].pk).update(crop_key="")
    Cell.objects.filter(pk=world.cells[1].pk).update(retired_at=world.slide.created_at)
    assert world.ask().items.count() == 2


def test_who_has_labelled_a_cell_of_the_slide_is_no_second_reader(world):
    world.first_says("neutrophil", "", "", "")
    with pytest.raises(Conflict) as refused:
        services.assign(actor=world.researcher, slide=world.slide, reader=world.first)
    assert refused.value.code == "has-labelled"
    assert world.first not in [candidate.user for candidate in selectors.candidates(world.slide)]


def test_what_a_reader_had_on_screen_before_is_told(world):
    ids = [cell.public_id for cell in world.cells[:3]]
    cells_services.mark_seen(actor=world.second, slide=world.slide, cell_ids=ids)
    seen = {candidate.user: candidate.seen for candidate in selectors.candidates(world.slide)}
    assert (seen[world.second], seen[world.third]) == (3, 0)
    assert world.ask().seen_before == 3


@pytest.mark.parametrize("role", [None, Role.VIEWER])
def test_a_second_reader_may_label_in_the_project(world, role):
    reader = UserFactory() if role is None else member(world.project, role)
    with pytest.raises(InvalidInput):
        services.assign(actor=world.researcher, slide=world.slide, reader=reader)


@pytest.mark.parametrize("role", [Role.VIEWER, Role.REVIEWER])
def test_researchers_and_managers_ask(world, role):
    with pytest.raises(NotPermitted):
        services.assign(actor=member(world.project, role), slide=world.slide, reader=world.second)
    services.assign(actor=member(world.project, Role.MANAGER), slide=world.slide, reader=world.second)
    assert AuditEvent.objects.filter(verb="second-reading-assigned").count() == 1


def test_a_slide_has_one_second_reader_at_a_time(world, reading):
    with pytest.raises(Conflict) as refused:
        services.assign(actor=world.researcher, slide=world.slide, reader=world.third)
    assert refused.value.code == "has-reader"
    services.withdraw(actor=world.researcher, reading=reading)
    assert services.assign(actor=world.researcher, slide=world.slide, reader=world.third).is_open


def test_a_slide_without_cells_is_not_read(world):
    with pytest.raises(InvalidInput):
        services.assign(actor=world.researcher, slide=make_slide(world.project), reader=world.second)


# --- reading --------------------------------------------------------------------------------------------------------


def test_labels_are_appended_and_the_newest_is_in_force(world, reading):
    say(world, reading, 0, "monocyte")
    item = say(world, reading, 0, "eosinophil")
    assert (item.current_class, item.version) == ("eosinophil", 3)
    acts = SecondLabel.objects.filter(item=item).values_list("from_class", "to_class", "version_after")
    assert list(acts) == [("", "monocyte", 2), ("monocyte", "eosinophil", 3)]
    reading.refresh_from_db()
    assert reading.state == ReadingState.READING
    assert reading.started_at is not None


def test_a_second_label_touches_nothing_of_the_cell(world, reading):
    before = Cell.objects.values().get(pk=world.cells[0].pk)
    say(world, reading, 0, "basophil")
    assert Cell.objects.values().get(pk=world.cells[0].pk) == before
    assert not world.cells[0].events.exists()


def test_a_stale_version_gets_both_values(world, reading):
    say(world, reading, 0, "monocyte")
    with pytest.raises(Conflict) as refused:
        say(world, reading, 0, "eosinophil", expected_version=1)
    assert refused.value.detail == {"yours": "eosinophil", "current": {"class": "monocyte", "version": 2}}


def test_a_repeated_key_is_one_act(world, reading):
    say(world, reading, 0, "monocyte", idempotency_key="k1")
    again = say(world, reading, 0, "monocyte", idempotency_key="k1", expected_version=1)
    assert (again.current_class, again.version) == ("monocyte", 2)
    assert SecondLabel.objects.count() == 1
    with pytest.raises(InvalidInput) as refused:
        say(world, reading, 0, "eosinophil", idempotency_key="k1")
    assert refused.value.code == "idempotency-key-reused"


def test_a_class_of_another_list_is_refused(world, reading):
    with pytest.raises(InvalidInput) as refused:
        say(world, reading, 0, "blast")
    assert refused.value.code == "unknown-class"


def test_undo_goes_back_act_by_act_across_cells(world, reading):
    say(world, reading, 0, "monocyte")
    say(world, reading, 1, "basophil")
    say(world, reading, 0, "eosinophil")
    say(world, reading, 1, None)
    stood = []
    for _ in range(4):
        item = services.undo(actor=world.second, reading=reading)
        stood.append((world.cells.index(item.cell), item.current_class))
    assert stood == [(1, "basophil"), (0, "monocyte"), (1, ""), (0, "")]
    with pytest.raises(InvalidInput) as refused:
        services.undo(actor=world.second, reading=reading)
    assert refused.value.code == "nothing-to-undo"
    assert SecondLabel.objects.count() == 8


def test_a_repeated_undo_is_one_undo(world, reading):
    say(world, reading, 0, "monocyte")
    say(world, reading, 1, "basophil")
    for _ in range(2):
        item = services.undo(actor=world.second, reading=reading, idempotency_key="u1")
        assert item.cell == world.cells[1]
    assert world.item(reading, world.cells[0]).current_class == "monocyte"


def test_nobody_else_reads(world, reading):
    item = world.item(reading, world.cells[0])
    for stranger in (world.first, world.researcher, member(world.project, Role.MANAGER)):
        with pytest.raises(NotPermitted):
            services.label(
                actor=stranger,
                reading=reading,
                item_id=item.public_id,
                to_class="monocyte",
                expected_version=1,
            )
        with pytest.raises(NotPermitted):
            services.finish(actor=stranger, reading=reading)


def test_a_reader_who_lost_the_role_reads_no_more(world, reading):
    Membership.objects.filter(user=world.second).update(role=Role.VIEWER)
    with pytest.raises(NotPermitted):
        say(world, reading, 0, "monocyte")


def test_a_cell_of_another_reading_is_not_there(world, reading):
    other = readers(1, world.project)
    with pytest.raises(NotFound):
        services.label(
            actor=world.second,
            reading=reading,
            item_id=uuid4(),
            to_class="monocyte",
            expected_version=1,
        )
    foreign = other.ask().items.get()
    with pytest.raises(NotFound):
        services.label(
            actor=world.second,
            reading=reading,
            item_id=foreign.public_id,
            to_class="monocyte",
            expected_version=1,
        )


# --- finishing and withdrawing --------------------------------------------------------------------------------------


def test_a_reading_is_finished_when_every_cell_has_a_class(world, reading):
    world.second_says(reading, "neutrophil", "neutrophil", "", "monocyte")
    with pytest.raises(InvalidInput) as refused:
        services.finish(actor=world.second, reading=reading)
    assert refused.value.detail == {"left": 1}
    reading.refresh_from_db()
    assert reading.is_open
    say(world, reading, 2, "not-classed")
    services.finish(actor=world.second, reading=reading)
    assert SecondReading.objects.get().state == ReadingState.DONE


def test_a_finished_reading_does_not_change(world):
    reading = world.done(ALIKE, ALIKE)
    for act in (
        lambda: say(world, reading, 0, "basophil"),
        lambda: services.undo(actor=world.second, reading=reading),
        lambda: services.finish(actor=world.second, reading=reading),
    ):
        with pytest.raises(Conflict) as refused:
            act()
        assert refused.value.code == "finished"


def test_the_database_keeps_a_finished_reading_too(world):
    reading = world.done(ALIKE, ALIKE)
    item = world.item(reading, world.cells[0])
    for change in (
        {"current_class": "basophil", "version": item.version + 1},
        {"first_class": "basophil"},
        {"position": 99},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            reading.items.filter(pk=item.pk).update(**change)
    for change in ({"state": "reading"}, {"reader": world.third}):
        with pytest.raises(IntegrityError), transaction.atomic():
            SecondReading.objects.filter(pk=reading.pk).update(**change)


@pytest.mark.parametrize("table", ["review_secondlabel", "review_adjudication", "review_tableopening"])
@pytest.mark.parametrize("statement", ["DELETE FROM {}", "UPDATE {} SET created_at = NULL"])
def test_acts_are_never_changed_nor_removed(world, table, statement):
    reading = world.done(ALIKE, ("monocyte", *ALIKE[1:]))
    item = world.item(reading, world.cells[0])
    services.decide(
        actor=world.third,
        reading=reading,
        item_id=item.public_id,
        to_class="monocyte",
        expected_version=1,
    )
    services.open_table(actor=world.researcher, reading=reading)
    with (
        pytest.raises(IntegrityError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement.format(table))


def test_a_withdrawn_reading_counts_nowhere_and_is_kept(world):
    reading = world.done(ALIKE, ALIKE)
    assert set(Cell.objects.values_list("reference_class", flat=True)) == set(ALIKE)
    services.withdraw(actor=world.researcher, reading=reading)
    assert set(Cell.objects.values_list("reference_class", flat=True)) == {""}
    assert SecondLabel.objects.count() == 4
    assert selectors.reading_of(world.slide) is None
    with pytest.raises(Gone):
        services.withdraw(actor=world.researcher, reading=reading)


def test_a_reader_may_give_an_open_reading_back_and_no_other(world, reading):
    with pytest.raises(NotPermitted):
        services.withdraw(actor=world.third, reading=reading)
    services.withdraw(actor=world.second, reading=reading)
    with pytest.raises(Gone):
        selectors.get_own_reading(user=world.second, public_id=reading.public_id)


def test_a_reader_does_not_withdraw_what_is_done(world):
    reading = world.done(ALIKE, ALIKE)
    with pytest.raises(NotPermitted):
        services.withdraw(actor=world.second, reading=reading)


# --- comparing ------------------------------------------------------------------------------------------------------


def test_finishing_lays_the_labels_side_by_side(world):
    reading = world.done(("neutrophil", "lymphocyte", "lymphocyte", ""), ALIKE)
    kept = {
        world.cells.index(item.cell): (item.first_class, item.first_by, item.current_class)
        for item in reading.items.select_related("cell", "first_by")
    }
    assert kept == {
        0: ("neutrophil", world.first, "neutrophil"),
        1: ("lymphocyte", world.first, "neutrophil"),
        2: ("lymphocyte", world.first, "lymphocyte"),
        3: ("", None, "monocyte"),
    }
    references = Cell.objects.order_by("pk").values_list("reference_class", flat=True)
    assert list(references) == ["neutrophil", "", "lymphocyte", ""]


def test_what_is_kept_does_not_follow_the_cell(world):
    reading = world.done(ALIKE, ("monocyte", *ALIKE[1:]))
    world.first_says("monocyte", "", "", "")
    assert world.item(reading, world.cells[0]).first_class == "neutrophil"


def test_labels_given_later_are_compared_when_asked_for(world):
    reading = world.done(("neutrophil", "", "", ""), ALIKE)
    world.first_says("", "neutrophil", "", "")
    assert services.compare_again(actor=world.researcher, reading=reading) == 1
    assert services.compare_again(actor=world.researcher, reading=reading) == 0
    assert world.item(reading, world.cells[1]).first_class == "neutrophil"
    with pytest.raises(NotPermitted):
        services.compare_again(actor=world.third, reading=reading)


def test_ones_own_later_label_is_no_first_label(world):
    reading = world.done(("neutrophil", "", "", ""), ALIKE)
    cells_services.label(
        actor=world.second,
        cell=world.cells[1],
        to_class="neutrophil",
        expected_version=1,
        seen_suggestion=True,
    )
    assert services.compare_again(actor=world.researcher, reading=reading) == 0


def test_a_withdrawn_first_label_is_none(world):
    world.first_says(*ALIKE)
    reading = world.ask()
    world.second_says(reading, *ALIKE)
    cells_services.withdraw(actor=world.first, cell=world.cells[0], expected_version=2, seen_suggestion=True)
    services.finish(actor=world.second, reading=reading)
    assert world.item(reading, world.cells[0]).first_class == ""


# --- the share ------------------------------------------------------------------------------------------------------


def test_a_share_of_slides_is_drawn_once_and_grows(world):
    slides = [make_slide(world.project) for _ in range(300)]
    chosen = {share: {s.pk for s in slides if selectors.is_chosen(s, share)} for share in (0, 20, 60, 100)}
    assert chosen[0] == set()
    assert chosen[20] < chosen[60] < chosen[100]
    assert len(chosen[100]) == 300
    assert 25 <= len(chosen[20]) <= 100


def test_slides_that_wait_and_what_signing_is_told(world):
    assert selectors.outstanding(world.slide) == []
    world.project.second_reading_share = 100
    world.project.save()
    world.slide.refresh_from_db()
    assert selectors.waiting_slides(world.project) == [world.slide]
    assert "nobody has been asked" in selectors.outstanding(world.slide)[0]
    world.first_says(*ALIKE)
    reading = world.ask()
    assert selectors.waiting_slides(world.project) == []
    assert "has not finished" in selectors.outstanding(world.slide)[0]
    world.second_says(reading, "monocyte", *ALIKE[1:])
    services.finish(actor=world.second, reading=reading)
    assert "1 disagreement" in selectors.outstanding(world.slide)[0]
    item = world.item(reading, world.cells[0])
    services.decide(
        actor=world.third,
        reading=reading,
        item_id=item.public_id,
        to_class="monocyte",
        expected_version=1,
    )
    assert selectors.outstanding(world.slide) == []
