"""Cells, acts on them, their table, class lists, models and the state of an analysis by the API."""

import csv
import io

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.accounts.models import AuditEvent, Role
from apps.cells import services
from apps.cells.models import Cell
from apps.core import storage
from apps.registry.models import Task
from ml import labels
from tests.cells.factories import finding, make_cells, make_field, make_slide
from tests.factories import ProjectFactory, member
from tests.kits import images as kit
from tests.registry.factories import model_version

pytestmark = pytest.mark.django_db

API = "/api/v1"


@pytest.fixture
def project():
    return ProjectFactory()


@pytest.fixture
def anna(project):
    return member(project, Role.REVIEWER)


@pytest.fixture
def site(sign_in, anna):
    return sign_in(anna)


@pytest.fixture
def field(project):
    return make_field(make_slide(project))


@pytest.fixture
def cells(field):
    return make_cells(
        field,
        finding("neutrophil", at=0),
        finding("lymphocyte", at=1, p=0.6),
        finding("monocyte", at=2, p=0.4, unidentified=True),
    )


def label(actor, cell, to, version=1):
    return services.label(actor=actor, cell=cell, to_class=to, expected_version=version, seen_suggestion=True)


def ids(response):
    assert response.status_code == 200, response.content
    return [entry["id"] for entry in response.json()["results"]]


def test_a_cell_is_told_in_full(site, cells, field, anna):
    label(anna, cells[1], "eosinophil")
    shown = site.get(f"{API}/cells/?field={field.public_id}").json()["results"][1]
    probabilities = shown.pop("probabilities")
    assert sum(probabilities.values()) == pytest.approx(1)
    assert set(probabilities) == set(labels.CLASS_LISTS["eight"].names)
    assert shown.pop("created_at")
    assert shown == {
        "id": str(cells[1].public_id),
        "project": str(field.project.public_id),
        "slide": str(field.slide.public_id),
        "field": str(field.public_id),
        "box": [60.0, 0.0, 110.0, 48.5],
        "kind": "white-cell",
        "origin": "field",
        "score": 0.97,
        "class": "eosinophil",
        "label": "eosinophil",
        "review_state": "labelled",
        "suggested": "lymphocyte",
        "suggestion": str(cells[1].classifier_version.public_id),
        "probability": pytest.approx(0.6),
        "unidentified": False,
        "version": 2,
        "crop_url": f"{API}/cells/{cells[1].public_id}/crop/",
        "hand": False,
        "reference": "",
        "retired_at": None,
        "removed_at": None,
    }
    alone = site.get(f"{API}/cells/{cells[1].public_id}/").json()
    assert alone["probabilities"] == probabilities


def test_a_list_of_cells_is_of_something(site, cells):
    response = site.get(f"{API}/cells/?class=neutrophil")
    assert response.status_code == 400
    assert response.json()["error"]["message"] == "Say of what: give project, slide or field."


def test_cells_are_found_by_what_they_are(site, cells, field, anna):
    label(anna, cells[1], "neutrophil")
    model = cells[0].classifier_version.public_id
    foreign = make_field(make_slide())
    make_cells(foreign, finding())
    questions = {
        f"project={field.project.public_id}": cells,
        f"slide={field.slide.public_id}": cells,
        f"project={foreign.project.public_id}": [],
        f"slide={foreign.slide.public_id}": [],
        f"field={foreign.public_id}": [],
        f"field={field.public_id}&class=neutrophil": cells[:2],
        f"field={field.public_id}&class=lymphocyte": [],
        f"field={field.public_id}&label=neutrophil": [cells[1]],
        f"field={field.public_id}&suggested=lymphocyte": [cells[1]],
        f"field={field.public_id}&review_state=suggested": [cells[0], cells[2]],
        f"field={field.public_id}&unidentified=true": [cells[2]],
        f"field={field.public_id}&origin=synthetic": [],
        f"field={field.public_id}&suggestion={model}": cells,
        f"field={field.public_id}&probability_below=0.7": cells[1:],
        f"field={field.public_id}&probability_from=0.5": cells[:2],
    }
    found = {question: ids(site.get(f"{API}/cells/?{question}")) for question in questions}
    assert found == {question: [str(c.public_id) for c in some] for question, some in questions.items()}


@pytest.mark.parametrize("value", ["2", "-1", "nan", "inf", "x", "1e999"])
def test_a_share_is_a_number_from_0_to_1(site, field, value):
    response = site.get(f"{API}/cells/?field={field.public_id}&probability_from={value}")
    assert response.status_code == 400


def test_cells_that_an_analysis_replaced_are_places_in_the_list_and_no_entries(site, field, cells):
    address = f"{API}/cells/?slide={field.slide.public_id}&limit=2"
    first = site.get(address).json()
    fresh = make_cells(field, finding("neutrophil", at=5))
    assert ids(site.get(first["next"])) == [str(cell.public_id) for cell in fresh]
    old = site.get(f"{API}/cells/{cells[0].public_id}/").json()
    assert old["retired_at"] is not None


def test_cells_of_a_slide_in_the_trash_are_gone(site, field, cells):
    type(field.slide).objects.update(trashed_at=timezone.now())
    assert ids(site.get(f"{API}/cells/?project={field.project.public_id}")) == []
    assert ids(site.get(f"{API}/cells/?slide={field.slide.public_id}")) == []
    assert site.get(f"{API}/cells/{cells[0].public_id}/").status_code == 404
    assert site.get(f"{API}/label-events/?project={field.project.public_id}").json()["results"] == []


def test_the_picture_of_a_cell(program, anna, cells):
    address = f"{API}/cells/{cells[0].public_id}/crop/"
    robot = program(anna)
    assert robot.get(address).status_code == 404  # not in the store
    storage.save_bytes(cells[0].crop_key, kit.encoded())
    picture = robot.get(address)
    assert (picture.status_code, picture.headers["Content-Type"]) == (200, "image/png")
    assert b"".join(picture.streaming_content) == kit.encoded()
    Cell.objects.filter(pk=cells[0].pk).update(crop_key="")
    assert robot.get(address).json()["error"]["message"] == "This cell has no picture."


def test_the_table_of_a_slide_is_for_who_may_take_data_out(sign_in, project, field, cells, anna):
    label(anna, cells[0], "eosinophil")
    address = f"{API}/slides/{field.slide.public_id}/cells.csv"
    assert sign_in(anna).get(address).status_code == 403
    researcher = member(project, Role.RESEARCHER)
    response = sign_in(researcher).get(address)
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(response.content.decode())))
    assert len(rows) == 3
    assert {
        name: rows[0][name] for name in ("cell", "field", "x1", "class", "label", "suggested", "model")
    } == {
        "cell": str(cells[0].public_id),
        "field": "1",
        "x1": "50.0",
        "class": "eosinophil",
        "label": "eosinophil",
        "suggested": "neutrophil",
        "model": cells[0].classifier_version.label,
    }
    assert float(rows[1]["p_lymphocyte"]) == pytest.approx(0.6)
    assert field.title not in response.content.decode()
    event = AuditEvent.objects.get(verb="exported")
    assert (event.actor, event.detail) == (researcher, {"what": "cells", "rows": 3})


def test_acts_are_a_list_that_only_grows(site, project, field, cells, anna):
    address = f"{API}/label-events/?project={project.public_id}"
    assert ids(site.get(address)) == []
    label(anna, cells[0], "eosinophil")
    services.undo(actor=anna, cell=cells[0], expected_version=2)
    shown = site.get(address).json()["results"]
    name = f"{cells[0].public_id}:"
    assert [(e["id"], e["kind"], e["from"], e["to"], e["reverts"]) for e in shown] == [
        (f"{name}2", "label", "", "eosinophil", None),
        (f"{name}3", "undo", "eosinophil", "", f"{name}2"),
    ]
    assert (shown[0]["actor"], shown[0]["actor_name"]) == (str(anna.public_id), anna.name)
    other = member(project, Role.REVIEWER)
    label(other, cells[1], "monocyte")
    assert ids(site.get(f"{address}&after={name}3")) == [f"{cells[1].public_id}:2"]
    assert ids(site.get(f"{address}&kind=undo")) == [f"{name}3"]
    assert ids(site.get(f"{address}&actor={other.public_id}")) == [f"{cells[1].public_id}:2"]
    assert ids(site.get(f"{API}/label-events/?cell={cells[1].public_id}")) == [f"{cells[1].public_id}:2"]
    assert site.get(f"{API}/label-events/{name}3/").json() == shown[1]
    assert site.get(f"{API}/label-events/{name}4/").status_code == 404


@pytest.mark.parametrize(
    "after", ["x", "x:2", "00000000-0000-0000-0000-000000000000:2", ":", "1:" + "9" * 99]
)
def test_a_place_among_acts_that_is_none_is_refused(site, project, after):
    response = site.get(f"{API}/label-events/?project={project.public_id}&after={after}")
    assert (response.status_code, response.json()["error"]["code"]) == (400, "after")


@pytest.mark.parametrize(("address", "queries"), [("cells", 7), ("label-events", 7)])
def test_a_long_list_asks_the_database_as_often_as_a_short_one(site, project, anna, address, queries):
    counted = []
    for _ in range(2):
        for cell in make_cells(make_field(make_slide(project)), finding(at=0), finding(at=1)):
            label(anna, cell, "monocyte")
        with CaptureQueriesContext(connection) as asked:
            assert site.get(f"{API}/{address}/?project={project.public_id}").status_code == 200
        counted.append(len(asked))
    assert counted == [queries, queries]


def test_class_lists_with_their_classes(site, project):
    found = site.get(f"{API}/class-lists/").json()["results"]
    assert {entry["id"] for entry in found} >= {"five:1", "eight:1"}
    eight = site.get(f"{API}/class-lists/eight:1/").json()
    assert [c["name"] for c in eight["classes"]] == [
        c["name"] for c in labels.CLASS_LISTS["eight"].describe()
    ]
    assert site.get(f"{API}/class-lists/?project={project.public_id}").json()["results"] == [eight]
    assert ids(site.get(f"{API}/class-lists/?project={ProjectFactory().public_id}")) == []
    assert ids(site.get(f"{API}/class-lists/?name=five&published=true")) == ["five:1"]
    assert site.get(f"{API}/class-lists/eight:{'9' * 40}/").status_code == 404
    first = site.get(f"{API}/class-lists/?limit=1").json()
    assert ids(site.get(first["next"]))[0] != first["results"][0]["id"]


def test_models_of_the_site_and_of_ones_projects(site, project):
    own = model_version(task=Task.CLASSIFY, project=project)
    foreign = model_version(task=Task.CLASSIFY, project=ProjectFactory())
    listed = ids(site.get(f"{API}/models/?limit=500"))
    assert str(own.public_id) in listed
    assert str(foreign.public_id) not in listed
    assert ids(site.get(f"{API}/models/?project={project.public_id}")) == [str(own.public_id)]
    assert set(ids(site.get(f"{API}/models/?task=locate"))).isdisjoint({str(own.public_id)})
    shown = site.get(f"{API}/models/{own.public_id}/").json()
    assert (shown["class_list"], shown["card"]) == ("eight:1", {})
    assert "weights_path" not in shown
    assert site.get(f"{API}/models/{foreign.public_id}/").status_code == 404


def test_the_state_of_an_analysis(site, field, cells):
    shown = site.get(f"{API}/slides/{field.slide.public_id}/analysis/").json()
    assert shown == {
        "state": "empty",
        "message": "Not analysed yet.",
        "total": 1,
        "analysed": 0,
        "pending": shown["pending"],  # 0 or 1 by whether models are in use here
        "job": None,
    }
