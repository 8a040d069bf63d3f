"""The mark "all cells on this field are boxed": who may set it, what stays on record."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction

from apps.accounts.models import Role
from apps.core.errors import NotPermitted
from apps.core.registries import slide_changed
from apps.slides import services
from apps.slides.models import Field, FieldMark
from tests.cells.factories import make_field, make_slide
from tests.factories import member

pytestmark = pytest.mark.django_db


@pytest.fixture
def field() -> Field:
    return make_field(make_slide())


def test_a_mark_stays_on_record_when_it_is_taken_back(field: Field) -> None:
    anna, ben = member(field.project, Role.REVIEWER), member(field.project, Role.MANAGER)
    services.mark_complete(actor=anna, field=field, complete=True)
    services.mark_complete(actor=anna, field=field, complete=True)  # sent twice
    services.mark_complete(actor=ben, field=field, complete=False)
    field.refresh_from_db()
    assert field.complete is False
    assert list(FieldMark.objects.values_list("actor", "complete")) == [(anna.pk, True), (ben.pk, False)]


def test_who_only_looks_on_marks_nothing(field: Field) -> None:
    with pytest.raises(NotPermitted):
        services.mark_complete(actor=member(field.project, Role.VIEWER), field=field, complete=True)
    assert not FieldMark.objects.exists()


def test_pages_that_show_the_slide_hear_of_it(field: Field, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[dict[str, object]] = []
    monkeypatch.setattr(slide_changed, "_hooks", {"note": lambda **values: heard.append(values)})
    services.mark_complete(actor=member(field.project, Role.REVIEWER), field=field, complete=True)
    assert heard == [{"slide_id": field.slide_id, "field_id": field.pk, "cell_id": None}]


@pytest.mark.parametrize(
    "statement", ["UPDATE slides_fieldmark SET complete = NOT complete", "DELETE FROM slides_fieldmark"]
)
def test_a_mark_can_neither_be_changed_nor_deleted(field: Field, statement: str) -> None:
    services.mark_complete(actor=member(field.project, Role.REVIEWER), field=field, complete=True)
    with (
        pytest.raises(IntegrityError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


def test_the_api_marks_a_field(sign_in, field: Field) -> None:
    client = sign_in(member(field.project, Role.REVIEWER))
    answer = client.post(
        f"/api/v1/fields/{field.public_id}/complete/", {"complete": True}, content_type="application/json"
    )
    assert (answer.status_code, answer.json()["complete"]) == (200, True)
    assert (
        client.post(
            f"/api/v1/fields/{field.public_id}/complete/", {}, content_type="application/json"
        ).status_code
        == 400
    )
