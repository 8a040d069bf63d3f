"""Boxes that people draw: adding, moving, removing, and what an analysis makes of them afterwards."""

from __future__ import annotations

import io
import math

import numpy as np
import pytest
from django.db import IntegrityError, connection, transaction
from PIL import Image

from apps.accounts.models import AuditEvent, Role
from apps.cells import services
from apps.cells.crops import load_pixels
from apps.cells.models import Cell, Change, EventKind, LabelEvent, ReviewState
from apps.core import disposal, storage
from apps.core.errors import Conflict, Gone, InvalidInput, NotFound, NotPermitted
from apps.core.models import DoomedObject
from ml.crops import cut
from ml.images import encode_png
from tests.cells.factories import finding, make_cells, make_field, make_slide
from tests.factories import member

pytestmark = pytest.mark.django_db

BOX = (300.0, 200.0, 350.0, 248.5)


@pytest.fixture
def field():
    field = make_field(make_slide())
    pixels = np.random.default_rng(1).integers(0, 255, (480, 640, 3), dtype=np.uint8)
    storage.save_bytes(field.image_key, encode_png(pixels))
    return field


@pytest.fixture
def anna(field):
    return member(field.project, Role.REVIEWER)


@pytest.fixture
def ben(field):
    return member(field.project, Role.REVIEWER)


@pytest.fixture
def cell(field):
    (found,) = make_cells(field, finding("neutrophil"))
    storage.save_bytes(found.crop_key, encode_png(np.zeros((9, 9, 3), np.uint8)))
    return found


def add(actor, field, box=BOX, to=None, **values: object):
    return services.add_box(
        actor=actor, slide=field.slide, field=field.public_id, box=box, to_class=to, **values
    )


def change(actor, cell, box, version, **values: object):
    return services.change_box(actor=actor, cell=cell, box=box, expected_version=version, **values)


def remove(actor, cell, version, **values: object):
    return services.remove(actor=actor, cell=cell, expected_version=version, **values)


def label(actor, cell, to, version):
    return services.label(actor=actor, cell=cell, to_class=to, expected_version=version, seen_suggestion=True)


def undo(actor, cell, version):
    return services.undo(actor=actor, cell=cell, expected_version=version)


def picture(key):
    with storage.open_key(key) as stream:
        return np.asarray(Image.open(io.BytesIO(stream.read())))


def test_an_added_cell_is_one_act_with_its_label_and_its_picture(field, anna):
    event = add(anna, field, to="monocyte")
    cell = Cell.objects.get(pk=event.cell.pk)
    assert (event.kind, event.from_box, event.to_box) == (EventKind.ADD, None, list(BOX))
    assert (event.from_class, event.to_class, event.version_after) == ("", "monocyte", 2)
    assert (cell.current_class, cell.labelled_by, cell.review_state) == ("monocyte", anna, "labelled")
    assert (cell.box, cell.version, cell.box_version, cell.by_hand) == (BOX, 2, 2, True)
    assert (cell.suggested_class, cell.classifier_version, cell.score) == ("", None, 1.0)
    assert np.array_equal(picture(cell.crop_key), cut(load_pixels(field), BOX))
    assert list(Cell.objects.standing().filter(field=field)) == [cell]
    assert AuditEvent.objects.get(verb="boxed").target == f"cell:{cell.public_id}"
    assert Change.objects.get().act == event.act


def test_an_added_cell_without_a_class_is_unidentified(field, anna):
    cell = add(anna, field).cell
    assert cell.is_unidentified
    assert cell.review_state == ReviewState.SEEN


def test_what_lies_outside_the_field_is_cut_off(field, anna):
    cell = add(anna, field, box=(-20.0, 470.0, 30.0, 900.0)).cell
    assert cell.box == (0.0, 470.0, 30.0, 480.0)


@pytest.mark.parametrize(
    "box",
    [
        (math.nan, 0.0, 10.0, 10.0),
        (0.0, 0.0, math.inf, 10.0),
        (10.0, 10.0, 10.0, 30.0),
        (30.0, 10.0, 10.0, 30.0),
        (700.0, 10.0, 800.0, 90.0),
        (-90.0, 10.0, 2.0, 90.0),
        (10.0, 10.0, 13.0, 90.0),
        (1.0, 2.0, 3.0),
    ],
)
def test_no_box_is_made_of_nonsense(field, cell, anna, box):
    with pytest.raises(InvalidInput):
        add(anna, field, box=box)
    with pytest.raises(InvalidInput):
        change(anna, cell, box, 1)
    assert Cell.objects.count() == 1
    assert LabelEvent.objects.count() == 0
    assert list(storage.every_key("crops")) == []


def test_a_double_click_adds_one_cell(field, anna):
    first = add(anna, field, idempotency_key="k")
    assert add(anna, field, idempotency_key="k") == first
    with pytest.raises(Conflict) as refused:
        add(anna, field, box=(300.5, 200.5, 350.0, 248.0), idempotency_key="other")
    assert refused.value.code == "cell-there"
    assert refused.value.detail["cell"] == str(first.cell.public_id)
    assert (refused.value.detail["by"], refused.value.detail["same"]) == (anna.display_name, True)
    assert Cell.objects.count() == 1
    assert len(list(storage.every_key("crops"))) == 1


def test_a_key_stands_for_one_act(field, cell, anna):
    add(anna, field, idempotency_key="k")
    with pytest.raises(InvalidInput, match="used for another act"):
        add(anna, make_field(field.slide), idempotency_key="k")
    for act in (change, remove):
        with pytest.raises(InvalidInput, match="used for another act"):
            act(*([anna, cell, BOX, 1] if act is change else [anna, cell, 1]), idempotency_key="k")
    assert Cell.objects.get(pk=cell.pk).version == 1


def test_who_may_draw(field, cell, anna):
    viewer, stranger = member(field.project, Role.VIEWER), member(make_slide().project, Role.MANAGER)
    for refusal, person in ((NotPermitted, viewer), (NotFound, stranger)):
        with pytest.raises(refusal):
            add(person, field)
        with pytest.raises(refusal):
            change(person, cell, BOX, 1)
        with pytest.raises(refusal):
            remove(person, cell, 1)
    elsewhere = make_field(make_slide(field.project))
    with pytest.raises(NotFound):
        services.add_box(actor=anna, slide=field.slide, field=elsewhere.public_id, box=BOX, to_class=None)
    with pytest.raises(InvalidInput, match="not a class"):
        add(anna, field, to="no such class")


def test_a_moved_box_keeps_label_and_history_and_loses_the_suggestion(field, cell, anna, ben):
    label(ben, cell, "monocyte", 1)
    old = cell.crop_key
    moved = change(anna, cell, BOX, 2)
    cell.refresh_from_db()
    assert (cell.box, cell.version, cell.box_version) == (BOX, 3, 3)
    assert (cell.current_class, cell.labelled_by) == ("monocyte", ben)
    assert (cell.suggested_class, cell.suggested_probability, cell.classifier_version) == ("", None, None)
    assert np.array_equal(picture(cell.crop_key), cut(load_pixels(field), BOX))
    assert moved.crop_key == cell.crop_key != old
    assert list(DoomedObject.objects.values_list("key", flat=True)) == [old]
    assert disposal.remove_doomed() == 1
    event = cell.events.get(version_after=3)
    assert (event.kind, event.from_box, event.to_box) == (EventKind.BOX, [0.0, 0.0, 50.0, 48.5], list(BOX))
    assert (event.from_class, event.to_class) == ("monocyte", "monocyte")


def test_undo_of_a_moved_box_brings_box_picture_and_suggestion_back(field, cell, anna):
    before = (cell.box, cell.suggested_class, cell.suggested_probability, cell.classifier_version_id)
    change(anna, cell, BOX, 1)
    change(anna, cell, (310.0, 200.0, 350.0, 248.5), 2)
    undo(anna, cell, 3)
    cell.refresh_from_db()
    assert (cell.box, cell.box_version, cell.suggested_class) == (BOX, 2, "")
    undo(anna, cell, 4)
    cell.refresh_from_db()
    after = (cell.box, cell.suggested_class, cell.suggested_probability, cell.classifier_version_id)
    assert after == before
    assert (cell.box_version, cell.by_hand) == (1, False)
    assert np.array_equal(picture(cell.crop_key), cut(load_pixels(field), cell.box))
    disposal.remove_doomed()
    assert list(storage.every_key("crops")) == [cell.crop_key]


def test_the_same_box_is_no_act(cell, anna):
    assert change(anna, cell, cell.box, 1).version == 1
    assert LabelEvent.objects.count() == 0


def test_a_stale_box_is_a_conflict_that_shows_both(cell, anna, ben):
    change(ben, cell, BOX, 1)
    with pytest.raises(Conflict) as refused:
        change(anna, cell, (310.0, 200.0, 350.0, 248.5), 1)
    current = refused.value.detail["current"]
    assert (current["by"], current["box"], current["version"]) == (ben.display_name, list(BOX), 2)
    with pytest.raises(Conflict):
        remove(anna, cell, 1)
    assert len(list(storage.every_key("crops"))) == 1


def test_a_removed_cell_leaves_and_comes_back_as_it_was(cell, anna, ben):
    label(ben, cell, "monocyte", 1)
    assert remove(anna, cell, 2, idempotency_key="k").removed_at is not None
    assert remove(anna, cell, 2, idempotency_key="k").version == 3
    assert not Cell.objects.standing().exists()
    with pytest.raises(Gone):
        label(ben, cell, "basophil", 3)
    with pytest.raises(Gone):
        change(ben, cell, BOX, 3)
    with pytest.raises(Gone):
        remove(ben, cell, 3)
    undo(anna, cell, 3)
    cell.refresh_from_db()
    assert (cell.removed_at, cell.current_class, cell.labelled_by, cell.version) == (
        None,
        "monocyte",
        ben,
        4,
    )


def test_undo_of_an_added_cell_takes_it_away_and_redo_gives_it_back(field, anna):
    cell = add(anna, field, to="monocyte").cell
    services.undo_act(actor=anna, scope=field.slide, idempotency_key="u")
    cell.refresh_from_db()
    assert (cell.removed_at is None, cell.current_class, cell.labelled_by) == (False, "", None)
    services.redo_act(actor=anna, scope=field.slide, idempotency_key="r")
    cell.refresh_from_db()
    assert (cell.removed_at, cell.current_class, cell.labelled_by, cell.box) == (None, "monocyte", anna, BOX)


def test_a_new_analysis_finds_no_cell_where_a_person_removed_or_boxed_one(field, cell, anna):
    remove(anna, cell, 1)
    wide = add(
        anna, field, box=(50.0, 0.0, 130.0, 70.0)
    ).cell  # around the finding at the second place, loosely
    cells = make_cells(field, finding("monocyte"), finding("basophil", at=1), finding("basophil", at=2))
    assert [c.pk for c in cells][:1] == [wide.pk]
    assert len(cells) == 2
    wide.refresh_from_db()
    # What the analysis says is of a box of its own.
    assert (wide.suggested_class, wide.box) == ("", (50.0, 0.0, 130.0, 70.0))


def test_an_added_cell_outlives_every_analysis(field, anna):
    cell = add(anna, field, to="monocyte").cell
    services.undo_act(actor=anna, scope=field.slide, idempotency_key="u")
    make_cells(field, finding("basophil", at=3))
    services.redo_act(actor=anna, scope=field.slide, idempotency_key="r")
    make_cells(field)
    assert list(Cell.objects.standing().filter(field=field)) == [cell]


def test_a_field_without_its_picture_still_takes_a_box(anna, field):
    storage.delete_key(field.image_key)
    cell = add(anna, field).cell
    assert cell.crop_key == ""


def test_a_very_large_field_is_left_to_the_worker(anna, field, monkeypatch):
    monkeypatch.setattr("apps.cells.crops.LARGEST_AT_ONCE", 1000)
    assert add(anna, field).cell.crop_key == ""


def test_a_refused_act_leaves_no_picture(field, cell, anna, monkeypatch):
    from apps.core.registries import after_label

    def refuse(**_: object) -> None:
        raise Conflict("Not now.")

    monkeypatch.setitem(after_label._hooks, "refuse", refuse)
    with pytest.raises(Conflict):
        add(anna, field)
    with pytest.raises(Conflict):
        change(anna, cell, BOX, 1)
    assert list(storage.every_key("crops")) == []
    assert DoomedObject.objects.count() == 0
    cell.refresh_from_db()
    assert cell.version == 1


def test_a_slide_in_the_trash_takes_no_boxes(field, cell, anna):
    field.slide.trashed_at = field.created_at
    field.slide.save()
    with pytest.raises(NotFound):
        add(anna, field)
    with pytest.raises(NotFound):
        remove(anna, cell, 1)


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "label", "to_class": "monocyte", "to_box": [0, 0, 9, 9]},
        {"kind": "add", "from_box": [0, 0, 9, 9], "to_box": [0, 0, 9, 9]},
        {"kind": "box", "to_box": [0, 0, 9, 9]},
        {"kind": "remove", "from_box": [0, 0, 9, 9], "to_box": [0, 0, 9, 9]},
        {"kind": "redo"},
        {"kind": "invented"},
    ],
)
def test_the_database_refuses_events_that_contradict_themselves(cell, anna, wrong):
    with pytest.raises(IntegrityError), transaction.atomic():
        LabelEvent.objects.create(
            cell=cell,
            project=cell.project,
            actor=anna,
            seen_suggestion=False,
            version_after=2,
            **wrong,
        )


@pytest.mark.parametrize(
    "wrong",
    ["removed_at = created_at", "box_version = 2", "labelled_by_id = {anna}", "box_version = 0"],
)
def test_the_database_refuses_a_cell_nobody_acted_on_that_says_otherwise(cell, anna, wrong):
    with (
        pytest.raises(IntegrityError),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"UPDATE cells_cell SET {wrong.format(anna=anna.pk)} WHERE id = {cell.pk}")
