"""Many labels at once: each is answered by itself, and what is written is what single labels would have written."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import AuditEvent, Role
from apps.cells import services
from apps.cells.models import Cell, EventKind, LabelEvent, ReviewState
from apps.cells.services import LabelAct, labelling
from apps.core.errors import Conflict, InvalidInput
from apps.core.registries import after_label
from tests.cells.factories import finding, make_cells, make_field, make_slide
from tests.factories import member

pytestmark = pytest.mark.django_db


@pytest.fixture
def cells():
    return make_cells(make_field(make_slide()), *(finding(at=at) for at in range(8)))


@pytest.fixture
def anna(cells):
    return member(cells[0].project, Role.REVIEWER)


@pytest.fixture
def ben(cells):
    return member(cells[0].project, Role.REVIEWER)


def act(cell: Cell, to: str | None = "monocyte", version: int = 1, **values: object) -> LabelAct:
    given = {"seen_suggestion": True, **values}
    return LabelAct(cell=cell.public_id, to_class=to, expected_version=version, **given)


def do(actor, *acts: LabelAct) -> list[services.Outcome]:
    return services.label_list(actor=actor, acts=acts)


def statuses(outcomes: list[services.Outcome]) -> list[int]:
    return [outcome.error.status if outcome.error else 200 for outcome in outcomes]


def stored(cell: Cell) -> tuple[str, str, int]:
    cell.refresh_from_db()
    return cell.current_class, cell.review_state, cell.version


def test_every_cell_moves_and_gets_its_event_and_its_record(cells, anna):
    outcomes = do(anna, act(cells[0], "monocyte"), act(cells[1], "basophil", seen_suggestion=False))
    assert [(o.cell.current_class, o.cell.version) for o in outcomes] == [("monocyte", 2), ("basophil", 2)]
    assert stored(cells[0]) == ("monocyte", ReviewState.LABELLED, 2)
    assert stored(cells[1]) == ("basophil", ReviewState.LABELLED, 2)
    assert stored(cells[2]) == ("", ReviewState.SUGGESTED, 1)
    first, second = LabelEvent.objects.order_by("cell_id")
    assert (first.kind, first.from_class, first.to_class, first.version_after) == ("label", "", "monocyte", 2)
    assert (first.actor, first.seen_suggestion, first.model_version) == (
        anna,
        True,
        cells[0].classifier_version,
    )
    assert second.seen_suggestion is False
    records = AuditEvent.objects.filter(verb="labelled").order_by("id")
    assert [r.target for r in records] == [f"cell:{cell.public_id}" for cell in cells[:2]]
    assert records[1].detail == {"act": "label", "from": "", "to": "basophil", "version": 2}
    assert {(r.actor, r.project) for r in records} == {(anna, cells[0].project)}
    assert len({r.public_id for r in records}) == 2


def test_what_is_refused_leaves_the_others_alone(cells, anna, ben):
    do(ben, act(cells[0], "basophil"))
    stranger = make_cells(make_field(make_slide()), finding())[0]
    outcomes = do(
        anna,
        act(cells[0], "monocyte", version=1),
        act(cells[1], "monocyte"),
        act(cells[2], "no such class"),
        act(stranger),
        act(cells[3], None),
        act(cells[4], "monocyte", suggestion=uuid4()),
        LabelAct(cell=uuid4(), to_class="monocyte", expected_version=1, seen_suggestion=True),
    )
    assert statuses(outcomes) == [409, 200, 400, 404, 400, 400, 404]
    detail = outcomes[0].error.detail
    assert (detail["yours"], detail["current"]["class"], detail["current"]["by"]) == (
        "monocyte",
        "basophil",
        ben.display_name,
    )
    assert [o.error.code for o in outcomes if o.error and o.error.status == 400] == [
        "unknown-class",
        "nothing-to-withdraw",
        "unknown-suggestion",
    ]
    assert stored(cells[0])[0] == "basophil"
    assert stored(cells[1])[0] == "monocyte"
    assert LabelEvent.objects.count() == 2


def test_a_replaced_cell_is_gone_and_the_others_are_labelled(cells, anna):
    other = make_cells(make_field(cells[0].field.slide), finding())[0]
    make_cells(cells[0].field, finding("basophil", at=50))
    assert statuses(do(anna, act(cells[0]), act(other))) == [410, 200]


def test_who_may_not_label_gets_that_for_each(cells):
    viewer = member(cells[0].project, Role.VIEWER)
    assert statuses(do(viewer, act(cells[0]), act(cells[1]))) == [403, 403]
    assert LabelEvent.objects.count() == 0


def test_withdrawals_in_a_list(cells, anna, ben):
    do(anna, act(cells[0]), act(cells[1]))
    do(ben, act(cells[2]))
    outcomes = do(anna, act(cells[0], None, 2), act(cells[2], None, 2), act(cells[1], "basophil", 2))
    assert statuses(outcomes) == [200, 403, 200]
    assert stored(cells[0]) == ("", ReviewState.SEEN, 3)
    assert LabelEvent.objects.get(cell=cells[0], version_after=3).kind == EventKind.WITHDRAW


def test_a_repeated_list_changes_nothing_and_answers_the_same(cells, anna):
    acts = [act(cell, idempotency_key=f"k{n}") for n, cell in enumerate(cells)]
    first = do(anna, *acts)
    again = do(anna, *acts)
    assert statuses(again) == statuses(first) == [200] * len(cells)
    assert [o.cell.version for o in again] == [2] * len(cells)
    assert LabelEvent.objects.count() == AuditEvent.objects.filter(verb="labelled").count() == len(cells)


def test_a_key_used_for_another_cell_refuses_its_act_alone(cells, anna):
    do(anna, act(cells[0], idempotency_key="k"))
    outcomes = do(anna, act(cells[1], idempotency_key="k"), act(cells[2], idempotency_key="l"))
    assert statuses(outcomes) == [400, 200]
    assert outcomes[0].error.code == "idempotency-key-reused"


@pytest.mark.parametrize(
    ("acts", "code"),
    [
        (lambda cells: [act(cells[0]), act(cells[0], "basophil")], "cell-twice"),
        (lambda cells: [act(c, idempotency_key="k") for c in cells[:2]], "key-twice"),
        (
            lambda _: [LabelAct(uuid4(), "monocyte", 1, seen_suggestion=True) for _ in range(501)],
            "too-many",
        ),
    ],
)
def test_a_list_that_makes_no_sense_is_refused_whole(cells, anna, acts, code):
    with pytest.raises(InvalidInput) as refused:
        do(anna, *acts(cells))
    assert refused.value.code == code
    assert LabelEvent.objects.count() == 0


def test_a_cell_that_moves_while_the_list_is_written_is_a_conflict_and_the_others_go_through(
    cells, anna, ben, monkeypatch
):
    write, raced = labelling.write, [cells[1], cells[2]]

    def late(**values: object):
        if raced:
            services.label(
                actor=ben, cell=raced.pop(), to_class="basophil", expected_version=1, seen_suggestion=True
            )
        return write(**values)

    monkeypatch.setattr(labelling, "write", late)
    assert statuses(do(anna, *(act(cell) for cell in cells[:4]))) == [200, 409, 409, 200]
    assert [stored(cell)[0] for cell in cells[:4]] == ["monocyte", "basophil", "basophil", "monocyte"]
    assert LabelEvent.objects.count() == 4


def test_rooms_above_hear_of_each_and_may_refuse_one(cells, anna, monkeypatch):
    heard = []

    def hear(*, cell, event):
        if cell == cells[1]:
            raise Conflict("signed already")
        heard.append((cell.pk, event.pk, cell.current_class, event.to_class))

    monkeypatch.setitem(after_label._hooks, "hear", hear)
    assert statuses(do(anna, *(act(cell) for cell in cells[:3]))) == [200, 409, 200]
    assert {pk for pk, *_ in heard} == {cells[0].pk, cells[2].pk}
    assert all(event_pk and now == to == "monocyte" for _, event_pk, now, to in heard)
    assert [stored(cell)[2] for cell in cells[:3]] == [2, 1, 2]


def test_the_statements_do_not_grow_with_the_list(cells, anna):
    more = make_cells(make_field(cells[0].field.slide), *(finding(at=at) for at in range(60)))

    def statements(*acts: LabelAct) -> int:
        with CaptureQueriesContext(connection) as found:
            assert set(statuses(do(anna, *acts))) == {200}
        return len(found)

    named = {"suggestion": cells[0].classifier_version.public_id}
    assert (
        statements(*(act(cell, **named) for cell in cells)) == statements(*(act(cell) for cell in more)) - 1
    )


def test_no_acts_are_no_work(anna):
    assert do(anna) == []
