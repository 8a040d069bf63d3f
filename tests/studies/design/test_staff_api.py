"""The staff's side for programs: the same rules, and no token."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.models import Role, Scope
from apps.accounts.services import make_api_token
from apps.studies.models import State, Study
from tests.factories import ProjectFactory, member
from tests.kits.studies import make_study
from tests.studies.design.kit import add_cells

pytestmark = pytest.mark.django_db


def send(client: Client, method: str, name: str, public_id: object, data: Any = None) -> Any:
    place = reverse(f"studies-api:{name}", args=[public_id])
    return getattr(client, method)(place, data, content_type="application/json")


def test_a_study_is_made_checked_and_changed(client: Client) -> None:
    project = ProjectFactory()
    maker = member(project, Role.RESEARCHER)
    add_cells(project, maker, each=20)
    client.force_login(maker)
    made = send(client, "post", "studies", project.public_id, {"title": "A", "preset": "jung-2022"})
    assert made.status_code == 201
    told = made.json()
    assert (told["state"], told["version"], told["steps"][0]["to"]) == ("draft", 1, "draft")
    checked = send(client, "get", "check", told["id"]).json()
    assert any("basophil" in line for line in checked["problems"])
    protocol = {**told["protocol"], "arms": told["protocol"]["arms"][:1]}
    changed = send(client, "patch", "study", told["id"], {"version": 1, "title": "B", "protocol": protocol})
    assert changed.status_code == 200
    assert send(client, "get", "check", told["id"]).json() == {"problems": [], "counted": 50, "trials": 50}
    stale = send(client, "patch", "study", told["id"], {"version": 1, "title": "C", "protocol": protocol})
    assert stale.status_code == 409
    assert Study.objects.get().title == "B"


@pytest.mark.parametrize(
    "wrong",
    [{}, {"preset": "no such"}, {"preset": "realism", "protocol": {}}, {"protocol": {"classes": []}}],
)
def test_what_makes_no_sense_is_refused(wrong: dict[str, Any], client: Client) -> None:
    project = ProjectFactory()
    client.force_login(member(project, Role.RESEARCHER))
    answer = send(client, "post", "studies", project.public_id, {"title": "A", **wrong})
    assert answer.status_code == 400
    assert answer.json()["error"]["message"]


def test_steps_are_taken_in_their_order(client: Client) -> None:
    kit = make_study(State.PREPARED, readers=0)
    client.force_login(kit.manager)
    assert send(client, "post", "steps", kit.study.public_id, {"to": "closed"}).status_code == 409
    for to in ("locked", "open", "closed", "open", "closed"):
        answer = send(client, "post", "steps", kit.study.public_id, {"to": to, "why": "By a program."})
        assert (answer.status_code, answer.json()["state"]) == (200, to)
    assert send(client, "post", "steps", kit.study.public_id, {"to": "unblinded"}).status_code == 400


def test_progress_names_nobody_and_tells_no_answer(client: Client) -> None:
    kit = make_study()
    kit.read(kit.enrolments[0], answer="other")
    client.force_login(kit.owner)
    (told,) = send(client, "get", "readers", kit.study.public_id).json()
    assert set(told) == {"id", "pseudonym", "answered", "total", "last_at", "withdrawn_at"}
    assert (told["pseudonym"], told["answered"], told["total"]) == ("R1", 1, 12)


def test_a_link_is_told_once(client: Client) -> None:
    kit = make_study(State.LOCKED, readers=0)
    client.force_login(kit.owner)
    answer = send(client, "post", "invitations", kit.study.public_id, {"for_name": "Dr Example"})
    assert answer.status_code == 201
    assert Client().get(answer.json()["link"]).status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("scope", Scope.values)
def test_no_token_looks_after_a_study(scope: str, client: Client) -> None:
    kit = make_study()
    key = make_api_token(user=kit.manager, name="t", scopes=(scope,), days=1)[1]
    for method, name in (("get", "study"), ("post", "steps"), ("get", "readers"), ("delete", "study")):
        place = reverse(f"studies-api:{name}", args=[kit.study.public_id])
        answer = getattr(client, method)(place, headers={"Authorization": f"Bearer {key}"})
        assert answer.status_code == 403, (method, name)
