"""Undo and redo on a slide or in a project: one's last act, of however many cells, across page loads."""

from __future__ import annotations

from uuid import uuid4

import pytest

from apps.accounts.models import Role
from apps.cells import services
from apps.cells.models import Cell, EventKind, LabelEvent
from apps.cells.selectors.acts import next_redo, next_undo
from apps.cells.services import LabelAct
from apps.core.errors import Conflict, NotFound, NotPermitted
from tests.cells.factories import finding, make_cells, make_field, make_slide
from tests.factories import ProjectFactory, member

pytestmark = pytest.mark.django_db


@pytest.fixture
def field():
    return make_field(make_slide())


@pytest.fixture
def slide(field):
    return field.slide


@pytest.fixture
def cells(field):
    return make_cells(field, *(finding(at=at) for at in range(5)))


@pytest.fixture
def anna(slide):
    return member(slide.project, Role.REVIEWER)


@pytest.fixture
def ben(slide):
    return member(slide.project, Role.REVIEWER)


def bulk(actor, cells, to, **values: object):
    acts = [
        LabelAct(cell.public_id, to, Cell.objects.get(pk=cell.pk).version, seen_suggestion=True, **values)
        for cell in cells
    ]
    outcomes = services.label_list(actor=actor, acts=acts)
    assert [outcome.error for outcome in outcomes] == [None] * len(cells)


def undo(actor, scope, **values: object):
    return services.undo_act(actor=actor, scope=scope, idempotency_key=uuid4().hex, **values)


def redo(actor, scope, **values: object):
    return services.redo_act(actor=actor, scope=scope, idempotency_key=uuid4().hex, **values)


def classes(cells):
    by_pk = Cell.objects.in_bulk([cell.pk for cell in cells])
    return [by_pk[cell.pk].current_class for cell in cells]


def done(stepped):
    return [(step.cell.pk, step.conflict is None) for step in stepped]


def test_a_bulk_act_is_undone_and_redone_as_one(slide, cells, anna):
    bulk(anna, cells, "monocyte")
    bulk(anna, cells[:3], "basophil")
    assert next_undo(anna, slide).n == 3
    assert done(undo(anna, slide)) == [(cell.pk, True) for cell in cells[:3]]
    assert classes(cells) == ["monocyte"] * 5
    assert (next_undo(anna, slide).n, next_redo(anna, slide).n) == (5, 3)
    assert len(undo(anna, slide)) == 5
    assert classes(cells) == [""] * 5
    assert next_undo(anna, slide) is None
    assert undo(anna, slide) == []
    assert len(redo(anna, slide)) == 5
    assert len(redo(anna, slide)) == 3
    assert classes(cells) == ["basophil"] * 3 + ["monocyte"] * 2
    assert redo(anna, slide) == []
    assert len(undo(anna, slide)) == 3
    assert classes(cells) == ["monocyte"] * 5


def test_lists_with_one_act_are_one_act(slide, cells, anna):
    act = uuid4()
    bulk(anna, cells[:2], "monocyte", act=act)
    bulk(anna, cells[2:], "monocyte", act=act)
    assert next_undo(anna, slide).act == act
    assert len(undo(anna, slide)) == 5


def test_a_new_act_clears_what_could_be_redone(slide, cells, anna, ben):
    bulk(anna, cells[:2], "monocyte")
    undo(anna, slide)
    bulk(ben, cells[2:3], "monocyte")
    assert next_redo(anna, slide) is not None  # what others do on other cells is theirs
    bulk(anna, cells[3:4], "basophil")
    assert next_redo(anna, slide) is None
    assert redo(anna, slide) == []
    assert classes(cells) == ["", "", "monocyte", "basophil", ""]


def test_what_somebody_changed_since_is_listed_and_left(slide, cells, anna, ben):
    bulk(anna, cells, "monocyte")
    bulk(ben, cells[1:2], "basophil")
    stepped = undo(anna, slide)
    assert done(stepped) == [(cell.pk, cell.pk != cells[1].pk) for cell in cells]
    conflict = stepped[1].conflict.detail
    assert (conflict["current"]["class"], conflict["current"]["by"]) == ("basophil", ben.display_name)
    assert classes(cells) == ["", "basophil", "", "", ""]
    # It is not offered for ever.
    assert next_undo(anna, slide) is None
    assert done(undo(anna, slide)) == [(cells[1].pk, False)]
    assert classes(cells)[1] == "basophil"


def test_an_overtaken_act_does_not_block_the_one_before(slide, cells, anna, ben):
    bulk(anna, cells[:1], "monocyte")
    bulk(anna, cells[1:2], "monocyte")
    shown = next_undo(anna, slide).act
    bulk(ben, cells[1:2], "basophil")
    assert done(undo(anna, slide, act=shown)) == [(cells[1].pk, False)]
    assert classes(cells)[:2] == ["monocyte", "basophil"]
    assert done(undo(anna, slide)) == [(cells[0].pk, True)]
    assert classes(cells)[:2] == ["", "basophil"]


def test_a_redo_is_refused_where_somebody_came_between(slide, cells, anna, ben):
    bulk(anna, cells[:2], "monocyte")
    undo(anna, slide)
    bulk(ben, cells[:1], "basophil")
    assert done(redo(anna, slide)) == [(cells[1].pk, True)]
    assert classes(cells)[:2] == ["basophil", "monocyte"]


def test_a_step_sent_twice_is_one_step(slide, cells, anna):
    bulk(anna, cells[:2], "monocyte")
    bulk(anna, cells[:2], "basophil")
    first = services.undo_act(actor=anna, scope=slide, idempotency_key="k")
    again = services.undo_act(actor=anna, scope=slide, idempotency_key="k")
    assert done(again) == done(first)
    assert classes(cells)[:2] == ["monocyte", "monocyte"]
    assert LabelEvent.objects.filter(kind=EventKind.UNDO).count() == 2


def test_acts_of_boxes_and_labels_are_undone_in_their_order(slide, field, cells, anna):
    added = services.add_box(
        actor=anna, slide=slide, field=field.public_id, box=(400, 300, 450, 350), to_class="monocyte"
    ).cell
    services.change_box(actor=anna, cell=cells[0], box=(0, 0, 44, 44), expected_version=1)
    services.remove(actor=anna, cell=cells[1], expected_version=1)
    bulk(anna, cells[2:], "basophil")
    kinds = []
    for _ in range(4):
        step = next_undo(anna, slide)
        kinds.append((step.kind, step.to_class, step.n))
        assert len(undo(anna, slide)) == step.n
    assert kinds == [
        (EventKind.LABEL, "basophil", 3),
        (EventKind.REMOVE, "", 1),
        (EventKind.BOX, "", 1),
        (EventKind.ADD, "monocyte", 1),
    ]
    standing = {cell.pk: cell for cell in Cell.objects.standing()}
    assert set(standing) == {cell.pk for cell in cells}
    assert standing[cells[0].pk].box == (0.0, 0.0, 50.0, 48.5)
    redone = []
    for _ in range(4):
        step = next_redo(anna, slide)
        redone.append((step.kind, step.to_class, step.n))
        assert len(redo(anna, slide)) == step.n
    assert redone == kinds[::-1]
    assert Cell.objects.get(pk=added.pk).current_class == "monocyte"
    assert classes(cells) == ["", "", "basophil", "basophil", "basophil"]
    assert cells[1].pk not in set(Cell.objects.standing().values_list("pk", flat=True))


def test_a_project_has_steps_across_its_slides(slide, cells, anna):
    (other,) = make_cells(make_field(make_slide(slide.project)), finding())
    bulk(anna, [*cells[:2], other], "monocyte")
    assert len(undo(anna, slide)) == 2
    assert classes([*cells[:2], other]) == ["", "", "monocyte"]
    assert done(undo(anna, slide.project)) == [(other.pk, True)]
    assert done(redo(anna, slide.project)) == [(other.pk, True)]
    assert len(redo(anna, slide.project)) == 2
    assert classes([*cells[:2], other]) == ["monocyte"] * 3


def test_a_slide_in_the_trash_is_no_part_of_its_project(slide, cells, anna):
    bulk(anna, cells[:1], "monocyte")
    slide.trashed_at = slide.created_at
    slide.save()
    assert next_undo(anna, slide.project) is None
    assert undo(anna, slide.project) == []


def test_who_may_step(slide, cells, anna):
    bulk(anna, cells[:1], "monocyte")
    with pytest.raises(NotPermitted):
        undo(member(slide.project, Role.VIEWER), slide)
    with pytest.raises(NotFound):
        undo(member(ProjectFactory(), Role.MANAGER), slide)
    other = member(slide.project, Role.REVIEWER)
    assert undo(other, slide) == []
    act = LabelEvent.objects.get().act
    assert undo(other, slide, act=act) == []
    assert classes(cells)[0] == "monocyte"


def test_the_undo_of_one_cell_is_part_of_the_same_line(slide, cells, anna):
    bulk(anna, cells[:2], "monocyte")
    services.undo(actor=anna, cell=cells[0], expected_version=2)
    assert next_redo(anna, slide).n == 1
    assert done(undo(anna, slide)) == [(cells[1].pk, True)]
    assert done(redo(anna, slide)) == [(cells[1].pk, True)]
    assert done(redo(anna, slide)) == [(cells[0].pk, True)]
    assert classes(cells)[:2] == ["monocyte"] * 2


def test_an_act_of_many_lists_is_undone_as_one(slide, anna):
    made = [
        cell
        for _ in range(4)
        for cell in make_cells(make_field(slide), *(finding(at=at) for at in range(300)))
    ]
    act = uuid4()
    for start in range(0, len(made), 400):
        acts = [
            LabelAct(cell.public_id, "monocyte", 1, seen_suggestion=True, act=act)
            for cell in made[start : start + 400]
        ]
        services.label_list(actor=anna, acts=acts)
    assert next_undo(anna, slide).n == 1200
    assert len(undo(anna, slide)) == 1200
    assert not Cell.objects.exclude(current_class="").exists()


def test_somebody_who_is_always_faster_is_no_endless_loop(slide, cells, anna, monkeypatch):
    from apps.cells.services import stepping
    from apps.cells.services.writing import SomebodyWasFaster

    bulk(anna, cells[:1], "monocyte")

    def always_late(**_: object) -> None:
        raise SomebodyWasFaster

    monkeypatch.setattr(stepping, "write", always_late)
    with pytest.raises(Conflict, match="same cells"):
        undo(anna, slide)
