"""Compiled reads answer as the query itself does, with the values of the moment."""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.db.models import F, QuerySet
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.accounts.models import Membership, Role, User
from apps.core.compiled import CompiledRead
from tests.factories import MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db


def by_public_id(public_id: UUID) -> QuerySet[User]:
    return User.objects.filter(public_id=public_id).order_by()


def memberships(user: int, since: datetime) -> QuerySet[Membership]:
    return (
        Membership.objects.filter(user=user, project__created_at__gt=since)
        .select_related("project")
        .annotate(mail=F("user__email"))
        .order_by("pk")
    )


def test_each_call_has_its_own_values() -> None:
    read = CompiledRead(by_public_id, public_id=UUID)
    first, second = UserFactory(name="Ada"), UserFactory(name="Emmy")
    for person in (first, second, first):
        found = read.first(public_id=person.public_id)
        assert found == person
        assert found is not None
        assert (found.name, found.public_id, found.created_at) == (
            person.name,
            person.public_id,
            person.created_at,
        )
    assert read.first(public_id=uuid4()) is None


def test_it_is_one_query_and_the_same_one() -> None:
    read = CompiledRead(by_public_id, public_id=UUID)
    person = UserFactory()
    with CaptureQueriesContext(connection) as asked:
        read.first(public_id=person.public_id)
        read.first(public_id=person.public_id)
        by_public_id(person.public_id).get()
    assert len({query["sql"].replace(" LIMIT 21", "") for query in asked}) == 1
    assert len(asked) == 3


def test_related_objects_and_what_is_read_along_come_too() -> None:
    read = CompiledRead(memberships, user=int, since=datetime)
    held = MembershipFactory(role=Role.REVIEWER)
    MembershipFactory()
    before = held.project.created_at - timedelta(seconds=1)
    with CaptureQueriesContext(connection) as asked:
        (found,) = read.all(user=held.user_id, since=before)
        assert (found.project.name, found.mail) == (held.project.name, held.user.email)  # type: ignore[attr-defined]
    assert len(asked) == 1
    assert read.all(user=held.user_id, since=timezone.now() + timedelta(days=1)) == []


def test_rows_may_be_plain_values() -> None:
    read = CompiledRead(
        lambda user: Membership.objects.filter(user=user).values_list("role", "project__public_id"), user=int
    )
    held = MembershipFactory(role=Role.MANAGER)
    assert read.all(user=held.user_id) == [("manager", held.project.public_id)]


def test_two_values_of_one_type_keep_their_places() -> None:
    read = CompiledRead(
        lambda user, project: Membership.objects.filter(user=user, project=project), user=int, project=int
    )
    held = MembershipFactory()
    assert read.first(user=held.user_id, project=held.project_id) == held
    assert read.first(user=held.user_id, project=held.project_id + 1) is None


def test_a_value_that_the_query_does_not_hold_is_a_mistake() -> None:
    read = CompiledRead(lambda public_id: User.objects.all(), public_id=UUID)
    with pytest.raises(ValueError, match="public_id"):
        read.first(public_id=uuid4())
