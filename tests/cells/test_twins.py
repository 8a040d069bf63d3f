"""Two people who box one cell make one cell; the second is told of the first's, and may say that it is another."""

from __future__ import annotations

from threading import Barrier, Thread
from uuid import uuid4

import pytest
from django.db import connection

from apps.accounts.models import Role, User
from apps.cells import services
from apps.cells.models import Cell
from apps.cells.services import boxing
from apps.core.errors import Conflict
from tests.cells.factories import make_field, make_slide
from tests.factories import member

BOX = (300.0, 200.0, 350.0, 250.0)
HALF = (310.0, 205.0, 360.0, 255.0)  # overlaps it by 0.56
TOUCHING = (335.0, 200.0, 385.0, 250.0)  # overlaps it by 0.18


def add(actor: User, field, box=BOX, **values: object):
    return services.add_box(
        actor=actor,
        slide=field.slide,
        field=field.public_id,
        box=box,
        **{"to_class": None, "idempotency_key": uuid4().hex, **values},
    )


@pytest.fixture
def people(field) -> tuple[User, User]:
    return member(field.project, Role.REVIEWER), member(field.project, Role.REVIEWER)


@pytest.fixture
def field(db):
    return make_field(make_slide())


@pytest.mark.django_db
def test_the_second_is_told_of_the_first_ones_cell(field, people):
    anna, ben = people
    there = add(anna, field, to_class="monocyte").cell
    with pytest.raises(Conflict) as refused:
        add(ben, field, HALF)
    assert refused.value.detail == {
        "cell": str(there.public_id),
        "by": anna.display_name,
        "class": "monocyte",
        "overlap": 0.562,
        "same": False,
    }
    assert anna.display_name in refused.value.message


@pytest.mark.django_db
def test_who_says_that_it_is_another_cell_makes_one_but_never_the_same_box_twice(field, people):
    anna, ben = people
    add(anna, field)
    add(ben, field, HALF, apart=True)
    with pytest.raises(Conflict) as refused:
        add(ben, field, (300.5, 200.0, 350.0, 250.0), apart=True)
    assert refused.value.detail["same"]
    assert Cell.objects.count() == 2


@pytest.mark.django_db
def test_cells_that_touch_are_two_without_a_word(field, people):
    anna, ben = people
    add(anna, field)
    add(ben, field, TOUCHING)
    assert Cell.objects.count() == 2


@pytest.mark.django_db
def test_the_class_is_not_told_where_reading_is_blind(field, people):
    anna, ben = people
    field.project.blind_first = True
    field.project.save()
    add(anna, field, to_class="monocyte")
    with pytest.raises(Conflict) as refused:
        add(ben, field, HALF)
    assert refused.value.detail["class"] is None


@pytest.mark.django_db
def test_what_was_boxed_between_the_look_and_the_act_is_seen(field, people, monkeypatch):
    """The look before the transaction finds nothing; the one inside it does."""
    anna, ben = people
    usual, looks = boxing._refuse_double, []

    def meanwhile(*given: object, **values: object) -> None:
        usual(*given, **values)
        if not looks:
            looks.append(1)
            add(anna, field)

    monkeypatch.setattr(boxing, "_refuse_double", meanwhile)
    with pytest.raises(Conflict, match="has boxed this cell already"):
        add(ben, field, HALF)
    assert Cell.objects.count() == 1


@pytest.mark.skipif(
    connection.vendor == "sqlite",
    reason="The tests' SQLite lies in memory, where two connections lock whole tables.",
)
@pytest.mark.django_db(transaction=True)
def test_at_the_same_instant_one_cell_is_made(people, field):
    start, results = Barrier(2), []

    def draw(actor: User, box) -> None:
        start.wait(5)
        try:
            add(actor, field, box)
            results.append("made")
        except Conflict as refused:
            results.append(refused.code)
        finally:
            connection.close()

    threads = [Thread(target=draw, args=pair) for pair in zip(people, (BOX, HALF), strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(results) == ["cell-there", "made"]
    assert Cell.objects.count() == 1
