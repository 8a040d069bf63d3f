"""What of studies waits for their staff."""

from __future__ import annotations

import pytest
from django.test import Client

from apps.accounts.models import Role
from apps.studies import services
from apps.studies.design import home
from apps.studies.models import State
from tests.factories import SiteAdminFactory, member
from tests.kits.studies import make_study

pytestmark = pytest.mark.django_db


def titles(user) -> list[str]:
    return [item["title"] for item in home.waiting(user=user)]


def test_a_study_that_all_have_read_waits_for_its_staff() -> None:
    kit = make_study(readers=2)
    kit.read_all(kit.enrolments[0])
    assert titles(kit.owner) == []
    kit.read_all(kit.enrolments[1])
    assert titles(kit.owner) == ["Real or not has been read by all"]
    assert titles(member(kit.project, Role.REVIEWER)) == []
    assert titles(kit.enrolments[0].reader) == []
    kit.to(State.CLOSED)
    assert titles(kit.owner) == []


def test_a_study_without_readers_waits_for_nobody() -> None:
    assert titles(make_study(readers=0).owner) == []


def test_an_unblinding_waits_for_another_manager() -> None:
    kit = make_study(State.CLOSED, two_person_unblinding=True)
    second = member(kit.project, Role.MANAGER)
    services.unblind(actor=kit.manager, study=kit.study, why="All have read.")
    assert titles(second) == ["Confirm the unblinding of Real or not"]
    assert titles(kit.manager) == []
    assert titles(kit.owner) == []
    services.unblind(actor=second, study=kit.fresh(), why="Agreed.")
    assert titles(second) == []


def test_the_home_page_shows_it(client: Client, django_assert_max_num_queries) -> None:
    kit = make_study()
    kit.read_all(kit.enrolments[0])
    client.force_login(kit.owner)
    assert "has been read by all" in client.get("/").content.decode()
    for user in (kit.owner, SiteAdminFactory()):
        with django_assert_max_num_queries(2):
            home.waiting(user=user)
