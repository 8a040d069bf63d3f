"""Rows inserted many at once are what ``create`` would have made."""

import pytest
from django.db import IntegrityError, transaction

from apps.accounts.models import AuditEvent
from apps.core.bulk import insert_many
from tests.factories import ProjectFactory, UserFactory

pytestmark = pytest.mark.django_db


def test_rows_get_what_is_shared_what_is_their_own_and_the_defaults():
    project, actor = ProjectFactory(), UserFactory()
    made = AuditEvent.objects.create(actor=actor, verb="tried", project=project, address="10.0.0.1")
    insert_many(
        AuditEvent,
        shared={"actor_id": actor.pk, "verb": "tried", "project_id": project.pk, "address": "10.0.0.1"},
        columns=("target", "detail"),
        rows=[(f"cell:{n}", {"n": n, "name": "é"}) for n in range(1001)],
    )
    rows = list(AuditEvent.objects.filter(verb="tried").exclude(pk=made.pk).order_by("pk"))
    assert [(row.target, row.detail) for row in rows] == [
        (f"cell:{n}", {"n": n, "name": "é"}) for n in range(1001)
    ]
    assert {(row.actor, row.project, row.address) for row in rows} == {(actor, project, "10.0.0.1")}
    assert len({row.public_id for row in rows} | {made.public_id}) == 1002
    assert all(made.created_at <= row.created_at for row in rows)


def test_no_rows_are_no_statement(django_assert_num_queries):
    with django_assert_num_queries(0):
        insert_many(AuditEvent, shared={}, columns=("verb",), rows=[])


def test_a_column_that_is_not_there_is_said():
    with pytest.raises(ValueError, match="no colour"):
        insert_many(AuditEvent, shared={"colour": "red"}, columns=("verb",), rows=[("tried",)])


def test_constraints_hold():
    with pytest.raises(IntegrityError), transaction.atomic():
        insert_many(AuditEvent, shared={}, columns=("verb",), rows=[(None,)])
