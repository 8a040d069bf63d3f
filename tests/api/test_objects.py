"""Whose things they are: at every address with an id, another project's thing is as unknown as one that is not."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction
from django.test import Client

from apps.accounts.models import Membership
from apps.cells.models import LabelEvent, SeenMark
from tests.api.test_document import KEPT, operations
from tests.api.world import Site

pytestmark = pytest.mark.django_db

DOCUMENT = json.loads(KEPT.read_text(encoding="utf-8"))
WITH_ID = {
    name: operation
    for name, operation in operations(DOCUMENT).items()
    if "_id}" in operation["path"] and name != "class_lists_retrieve"
}


# What the reader of a second reading alone reaches.
BY_THE_SECOND_READER = {
    "second_readings_cells_label_create",
    "second_readings_cells_retrieve",
    "second_readings_undo_create",
}
# Images that one has read, where the study lets one go back: nobody has read any in these projects.
NOT_YET = {"study_readings_slots_retrieve"}


@pytest.fixture
def site() -> Site:
    return Site()


def body_of(operation: dict[str, Any]) -> dict[str, Any]:
    """Return the example of the document: what is sent makes sense, so that only the id is wrong."""
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    examples = list(content.get("examples", {}).values())
    return dict(examples[0]["value"]) if examples else {}


def answer(client: Client, operation: dict[str, Any], ids: dict[str, Any]) -> tuple[int, bytes]:
    """Return status and body; what the request changed is taken back."""
    body = body_of(operation)
    if "field" in body:
        body["field"] = str(ids["field_id"])  # named in the body, and nobody else's
    if "slot" in body:
        body["slot"] = ids["slot"]
    sent = {"data": body, "content_type": "application/json"}
    with transaction.atomic():
        send = getattr(client, operation["method"].lower())
        response = send(operation["path"].format(**ids), **(sent if operation["method"] != "GET" else {}))
        transaction.set_rollback(True)
    body = b"".join(response.streaming_content) if response.streaming else response.content
    for close in response._resource_closers:
        close()
    return response.status_code, body


def refusal(client: Client, operation: dict[str, Any], ids: dict[str, Any]) -> tuple[int, Any]:
    status, body = answer(client, operation, ids)
    return status, json.loads(body) if status >= 400 else None


@pytest.fixture
def client(site: Site) -> Client:
    client = Client()
    client.force_login(site.people["manager"])
    return client


def test_what_is_another_projects_is_as_if_it_were_not_there(client: Client, site: Site) -> None:
    theirs = {**site.theirs.ids(), "version": 2, "slot": 1}
    nobodys = {key: uuid4() for key in site.theirs.ids()} | {"version": 2, "slot": 1}
    # A person of another project, asked for in one's own.
    mixed = {**theirs, "project_id": site.mine.project.public_id}
    found = {name: refusal(client, operation, theirs) for name, operation in WITH_ID.items()}
    assert len(found) > 30
    assert {name: status for name, (status, _) in found.items() if status != 404} == {}
    assert found == {name: refusal(client, operation, nobodys) for name, operation in WITH_ID.items()}
    of_people = {name: operation for name, operation in WITH_ID.items() if "{user_id}" in operation["path"]}
    assert {refusal(client, operation, mixed)[0] for operation in of_people.values()} == {404}


def test_the_same_addresses_answer_who_they_belong_to(client: Client, site: Site) -> None:
    """Else the test above would pass for an address that nobody reaches."""
    mine = {**site.mine.ids(), "version": 2, "slot": 1}
    reader = Client()
    reader.force_login(site.mine.reviewer)
    found = {
        name: answer(reader if name in BY_THE_SECOND_READER else client, operation, mine)[0]
        for name, operation in WITH_ID.items()
        if name not in NOT_YET
    }
    assert {name: status for name, status in found.items() if status in {401, 404, 405, 500}} == {}


FILTERS = {
    "slides": ("project", "specimen", "device"),
    "fields": ("project", "slide"),
    "specimens": ("project",),
    "devices": ("project",),
    "cells": ("project", "slide", "field"),
    "label-events": ("project", "slide", "cell"),
    "jobs": ("project",),
    "models": ("project",),
    "class-lists": ("project",),
}


def test_a_list_of_what_is_another_projects_is_empty(client: Client, site: Site) -> None:
    found = {
        (address, name, whose): len(
            client.get(f"/api/v1/{address}/", {name: str(things.ids()[f"{name}_id"])}).json()["results"]
        )
        for address, names in FILTERS.items()
        for name in names
        for whose, things in (("mine", site.mine), ("theirs", site.theirs))
    }
    assert {
        question for question, entries in found.items() if bool(entries) != (question[2] == "mine")
    } == set()


@pytest.mark.parametrize("who", ["outsider", "anonymous"])
def test_who_has_no_project_finds_nothing_in_any_list(site: Site, who: str) -> None:
    stranger = Client()
    if (person := site.people[who]) is not None:
        stranger.force_login(person)
    ids = site.mine.ids()
    lists = ["projects/", "specimens/", "slides/", "fields/", "devices/", "jobs/", "models/?shipped=false"]
    lists += [f"cells/?project={ids['project_id']}", f"label-events/?project={ids['project_id']}"]
    answers = [stranger.get(f"/api/v1/{address}") for address in lists]
    if who == "anonymous":
        assert {answer.status_code for answer in answers} == {401}
    else:
        found = {entry["id"] for answer in answers for entry in answer.json()["results"]}
        known = {str(value) for value in (*ids.values(), *site.theirs.ids().values())}
        assert found & known == set()


def test_ids_in_bodies_reach_no_other_project(client: Client, site: Site) -> None:
    mine, theirs = site.mine.ids(), site.theirs.ids()

    def send(method: str, address: str, body: dict[str, Any]) -> Any:
        return getattr(client, method)(f"/api/v1/{address}", body, content_type="application/json")

    into = {"mode": "add-to-slide", "slide": str(theirs["slide_id"])}
    assert send("post", f"projects/{mine['project_id']}/uploads/", into).status_code == 400
    version = client.get(f"/api/v1/slides/{mine['slide_id']}/").json()["version"]
    foreign = {"device": str(theirs["device_id"]), "version": version}
    assert send("patch", f"slides/{mine['slide_id']}/", foreign).status_code == 400
    seen = send("post", f"slides/{mine['slide_id']}/seen/", {"cells": [str(theirs["cell_id"])]})
    assert (seen.status_code, seen.json()) == (200, {"seen": 0})
    act = {"to": "monocyte", "version": 2, "seen_suggestion": True}
    acts = [{**act, "cell": str(ids["cell_id"])} for ids in (mine, theirs)]
    results = send("post", "labels/", {"labels": acts}).json()["results"]
    assert [result["status"] for result in results] == [200, 404]
    assert not SeenMark.objects.filter(
        cell__project=site.theirs.project, actor=site.people["manager"]
    ).exists()
    assert not LabelEvent.objects.filter(
        cell__project=site.theirs.project, actor=site.people["manager"]
    ).exists()
    assert not Membership.objects.filter(project=site.theirs.project, user=site.people["manager"]).exists()
