"""Who knows a study cannot read it, and a study whose answers are known does not open again."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts import audit as site_record
from apps.accounts.models import Role, User
from apps.core.errors import Conflict
from apps.studies import audit, services
from apps.studies.design.people import candidates
from apps.studies.models import State
from tests.factories import UserFactory, member
from tests.kits.studies import Kit, make_study

pytestmark = pytest.mark.django_db


def changed(kit: Kit, who: User) -> None:
    services.change_study(
        actor=who,
        study=kit.study,
        expected_version=kit.study.version,
        title=kit.study.title,
        protocol=kit.study.plan.replace(practice=2),
    )


def invited(kit: Kit, who: User) -> None:
    services.invite(actor=who, study=kit.study)


def asked(kit: Kit, who: User) -> None:
    services.enrol(actor=who, study=kit.study, reader=UserFactory())


def acknowledged(kit: Kit, who: User) -> None:
    kit.to(State.PREPARED)
    audit.acknowledge(actor=who, study=kit.study, why="Nothing that a reader could see.")
    services.back_to_draft(actor=kit.owner, study=kit.fresh(), why="More images.")


@pytest.mark.parametrize("act", [changed, invited, asked, acknowledged])
def test_whoever_looked_after_a_study_cannot_read_it(act: Callable[[Kit, User], None]) -> None:
    kit = make_study(State.DRAFT, readers=0)
    colleague = member(kit.project, Role.RESEARCHER)
    assert colleague in candidates(kit.study)
    act(kit, colleague)
    assert colleague not in candidates(kit.fresh())
    with pytest.raises(Conflict) as raised:
        services.enrol(actor=kit.owner, study=kit.study, reader=colleague)
    assert raised.value.code == "designer"
    invitation, _ = services.invite(actor=kit.owner, study=kit.study)
    with pytest.raises(Conflict):
        services.accept_invitation(invitation=invitation, user=colleague)


def test_whoever_only_came_by_can_read_it() -> None:
    kit = make_study(State.DRAFT, readers=0)
    colleague = member(kit.project, Role.RESEARCHER)
    target = f"study:{kit.study.public_id}"
    site_record.record_visit(actor=colleague, project=kit.project, target=target)
    assert colleague in candidates(kit.study)
    services.enrol(actor=kit.owner, study=kit.study, reader=colleague)


@pytest.mark.parametrize(
    ("name", "opens"), [("images.csv", True), ("trials.csv", False), ("study.zip", False)]
)
def test_a_study_whose_answers_went_out_stays_closed(name: str, *, opens: bool, client: Client) -> None:
    kit = make_study(each=1)
    kit.read_all(kit.enrolments[0])
    kit.to(State.CLOSED)
    client.force_login(kit.owner)
    assert client.get(reverse("studies:results-file", args=[kit.study.public_id, name])).status_code == 200
    page = client.get(reverse("studies:study", args=[kit.study.public_id])).content.decode()
    assert ("raw answers were taken out" in page) != opens
    if opens:
        services.extend(actor=kit.owner, study=kit.study, due_at=None, why="One more reader.")
    else:
        with pytest.raises(Conflict) as raised:
            services.extend(actor=kit.owner, study=kit.study, due_at=None, why="One more reader.")
        assert raised.value.code == "taken-out"
    assert kit.fresh().state == (State.OPEN if opens else State.CLOSED)
