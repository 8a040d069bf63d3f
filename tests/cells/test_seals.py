from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from apps.accounts.models import Role
from apps.cells import services
from apps.cells.models import Cell, LabelEvent, Origin, SeenMark
from tests.cells.factories import make_cell, make_field, make_slide
from tests.factories import ProjectFactory, member

pytestmark = pytest.mark.django_db


@pytest.fixture
def touched():
    cell = make_cell()
    reviewer = member(cell.project, Role.REVIEWER)
    services.mark_seen(actor=reviewer, slide=cell.field.slide, cell_ids=[cell.public_id])
    services.label(actor=reviewer, cell=cell, to_class="monocyte", expected_version=1, seen_suggestion=True)
    return cell


def execute(statement: str, *values: object) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)


@pytest.mark.parametrize("table", ["cells_labelevent", "cells_seenmark"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET created_at = created_at", "DELETE FROM {}"])
def test_history_cannot_be_changed_even_by_hand(touched, table, statement):
    with pytest.raises(IntegrityError, match="append-only"):
        execute(statement.format(table))
    assert (LabelEvent.objects.count(), SeenMark.objects.count()) == (1, 1)


@pytest.mark.parametrize("origin", [Origin.SYNTHETIC, Origin.IMPORTED])
def test_the_origin_of_a_cell_is_sealed(touched, origin):
    with pytest.raises(IntegrityError):
        execute("UPDATE cells_cell SET origin = %s WHERE id = %s", origin, touched.pk)
    with pytest.raises(IntegrityError, match="cannot be changed"):
        execute("UPDATE cells_cell SET origin = %s, field_id = NULL WHERE id = %s", origin, touched.pk)


def test_a_synthetic_cell_stays_one():
    field = make_field(make_slide())
    synthetic = Cell.objects.create(
        project=field.project, x0=0, y0=0, x1=10, y1=10, score=1, origin=Origin.SYNTHETIC
    )
    with pytest.raises(IntegrityError, match="cannot be changed"):
        execute("UPDATE cells_cell SET origin = 'field', field_id = %s WHERE id = %s", field.pk, synthetic.pk)
    synthetic.refresh_from_db()
    assert synthetic.origin == Origin.SYNTHETIC


def test_a_cell_stays_on_its_field_and_in_its_project(touched):
    elsewhere = make_field(touched.field.slide)
    with pytest.raises(IntegrityError, match="cannot be changed"):
        execute("UPDATE cells_cell SET field_id = %s WHERE id = %s", elsewhere.pk, touched.pk)
    with pytest.raises(IntegrityError, match=r"cannot be changed|must be that of"):
        execute("UPDATE cells_cell SET project_id = %s WHERE id = %s", ProjectFactory().pk, touched.pk)


def test_what_a_model_said_is_sealed(touched):
    with pytest.raises(IntegrityError, match="cannot be changed"):
        touched.suggestions.update(top_class="basophil")


@pytest.mark.parametrize(
    "wrong",
    [
        {"origin": "drawn"},
        {"origin": Origin.IMPORTED},
        {"x1": -1.0},
        {"score": 1.5},
        {"version": 0},
        {"current_class": "monocyte"},
        {"review_state": "labelled"},
        {"suggested_class": "monocyte"},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_the_database_refuses_a_cell_that_contradicts_itself(wrong):
    field = make_field(make_slide())
    good = {
        "project": field.project,
        "field": field,
        "x0": 0.0,
        "y0": 0.0,
        "x1": 10.0,
        "y1": 10.0,
        "score": 0.5,
        "origin": Origin.FIELD,
    }
    Cell.objects.create(**good)
    with pytest.raises(IntegrityError), transaction.atomic():
        Cell.objects.create(**{**good, **wrong})


def test_versions_of_a_cell_form_one_line(touched):
    event = touched.events.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        LabelEvent.objects.create(
            cell=touched,
            project=touched.project,
            actor=event.actor,
            kind="label",
            to_class="basophil",
            seen_suggestion=True,
            version_after=event.version_after,
        )


def test_an_event_is_of_its_cells_project(touched):
    event = touched.events.get()
    for project in (ProjectFactory(), None):
        with pytest.raises(IntegrityError, match="must be that of its cells_cell"), transaction.atomic():
            LabelEvent.objects.create(
                cell=touched,
                project=project,
                actor=event.actor,
                kind="label",
                to_class="basophil",
                seen_suggestion=True,
                version_after=event.version_after + 1,
            )


def test_a_cell_is_of_its_fields_project(touched):
    values = {f.attname: getattr(touched, f.attname) for f in Cell._meta.concrete_fields if not f.primary_key}
    values |= {"project_id": ProjectFactory().pk, "public_id": uuid4()}
    with pytest.raises(IntegrityError, match="must be that of its slides_field"), transaction.atomic():
        Cell.objects.create(**values)
