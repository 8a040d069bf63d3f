import gzip
import json

import pytest
from django.urls import reverse

from apps.accounts.models import AuditEvent, Role
from apps.cells.models import Cell, LabelEvent
from apps.inference.models import FieldAnalysis
from apps.jobs.models import Job
from apps.registry.models import Task
from apps.review.api import serializers
from ml import labels
from tests.cells.factories import finding, make_cells, make_field
from tests.factories import member
from tests.registry.factories import in_use

pytestmark = pytest.mark.django_db

JSON = "application/json"


def document_url(slide):
    return reverse("review-api:slide-cells", args=[slide.public_id])


def act(client, cell, name, **values: object):
    url = reverse(f"review-api:{name}", args=[cell.public_id])
    return client.post(url, values, content_type=JSON)


def label(client, cell, to, version, **values: object):
    return act(client, cell, "label", to=to, version=version, seen_suggestion=True, **values)


def test_the_document_of_a_slide(sign_in, slide, field, cells, anna):
    found = sign_in(anna).get(document_url(slide))
    data = found.json()
    assert found.headers["Cache-Control"] == "no-store"
    assert data["slide"] == {
        "id": str(slide.public_id),
        "title": slide.title,
        "simulated": False,
        "can_label": True,
        "state": "empty",
        "partial": False,
        "job": None,
        "state_message": "Not analysed yet.",
        "signed": None,
        "sign_url": f"/slides/{slide.public_id}/sign/",
    }
    assert data["classes"] == [{**c, "role": str(c["role"])} for c in labels.CLASS_LISTS["eight"].describe()]
    assert data["fields"] == [
        {
            "id": str(field.public_id),
            "position": 1,
            "title": field.title,
            "width": 640,
            "height": 480,
            "image_url": f"/fields/{field.public_id}/image/",
            "thumbnail_url": f"/fields/{field.public_id}/thumbnail/",
            "um_per_px": 0.1,
            "scale_source": "file",
            "analysed": False,
            "quality": data["fields"][0]["quality"],
            "complete": False,
            "completed": None,
        }
    ]
    first = data["cells"][0]
    assert sum(first.pop("probabilities").values()) == pytest.approx(1, abs=1e-3)  # four decimals each
    assert first == {
        "id": str(cells[0].public_id),
        "field": str(field.public_id),
        "box": [0.0, 0.0, 50.0, 48.5],
        "class": "neutrophil",
        "letter": "N",
        "review_state": "suggested",
        "suggested": "neutrophil",
        "suggestion": str(cells[0].classifier_version.public_id),
        "probability": pytest.approx(0.9),
        "unidentified": False,
        "version": 1,
        "crop_url": f"/cells/{cells[0].public_id}/crop/",
        "by": "",
        "low_confidence": False,
        "origin": "field",
        "score": 0.97,
        "hand": False,
        "comments": 0,
    }
    assert (data["acts"], data["cursor"]) == ({"undo": None, "redo": None}, "0.0")
    assert [c["letter"] for c in data["cells"]] == ["N", "L", "?"]


def test_the_document_travels_compressed_to_who_can_read_that(sign_in, slide, cells, anna):
    client = sign_in(anna)
    plain = client.get(document_url(slide))
    packed = client.get(document_url(slide), headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert len(packed.content) < len(plain.content) / 2
    assert json.loads(gzip.decompress(packed.content)) == plain.json()


def test_the_counts_of_the_document(sign_in, slide, cells, anna):
    data = sign_in(anna).get(document_url(slide)).json()
    shown = {row["class"]: (row["n"], row["labelled"], row["percent"]) for row in data["counts_rows"]}
    assert shown["?"] == (1, 0, None)
    assert shown["neutrophil"] == (1, 0, 50.0)
    assert shown["erythroblast"] == (0, 0, 0.0)
    assert data["counts"]["?"] == 1
    assert data["counts_rows"][0]["class"] == "?"
    label(sign_in(anna), cells[2], "basophil", 1)
    rows = sign_in(anna).get(document_url(slide)).json()["counts_rows"]
    assert rows[0]["class"] == "neutrophil"


def test_the_answers_are_what_the_interface_describes(sign_in, slide, field, cells, anna):
    client = sign_in(anna)
    described = {
        serializers.DocumentOutput: client.get(document_url(slide)).json(),
        serializers.LabelOutput: label(client, cells[0], "monocyte", 1).json(),
        serializers.BiographyOutput: client.get(
            reverse("review-api:events", args=[cells[0].public_id])
        ).json(),
    }
    for shape, answer in described.items():
        serializer = shape(data=answer)
        assert serializer.is_valid(), serializer.errors
        assert set(serializer.fields) == set(answer)
    document = described[serializers.DocumentOutput]
    parts = {
        serializers.SlideOutput: document["slide"],
        serializers.ClassOutput: document["classes"][0],
        serializers.FieldOutput: document["fields"][0],
        serializers.CellOutput: document["cells"][0],
        serializers.CountOutput: document["counts_rows"][0],
    }
    for shape, part in parts.items():
        assert set(shape().fields) == set(part), shape.__name__


def test_replaced_cells_are_not_in_the_document(sign_in, slide, field, cells, anna):
    (newer,) = make_cells(field, finding("monocyte"))
    data = sign_in(anna).get(document_url(slide)).json()
    assert [c["id"] for c in data["cells"]] == [str(newer.public_id)]


def test_a_label_answers_with_the_cell_and_the_counts(sign_in, slide, cells, anna):
    found = label(sign_in(anna), cells[0], "monocyte", 1, idempotency_key="k1")
    assert found.status_code == 200
    data = found.json()
    assert (data["cell"]["class"], data["cell"]["letter"], data["cell"]["version"]) == ("monocyte", "M", 2)
    assert (data["cell"]["suggested"], data["cell"]["review_state"]) == ("neutrophil", "labelled")
    assert {row["class"]: row["labelled"] for row in data["counts_rows"]}["monocyte"] == 1
    event = AuditEvent.objects.get(verb="labelled")
    assert (event.actor, event.address) == (anna, "127.0.0.1")


def test_a_page_from_before_a_newer_model_names_what_it_showed(sign_in, slide, field, cells, anna):
    client = sign_in(anna)
    label(client, cells[0], "monocyte", 1)
    shown = client.get(document_url(slide)).json()["cells"][0]
    make_cells(field, finding("basophil"))
    found = label(client, cells[0], "eosinophil", shown["version"], suggestion=shown["suggestion"])
    event = LabelEvent.objects.latest("pk")
    assert (str(event.model_version.public_id), event.seen_suggestion) == (shown["suggestion"], True)
    assert found.json()["cell"]["suggestion"] not in {None, shown["suggestion"]}


def test_a_repeated_label_answers_the_same(sign_in, cells, anna):
    client = sign_in(anna)
    first = label(client, cells[0], "monocyte", 1, idempotency_key="k1")
    again = label(client, cells[0], "monocyte", 1, idempotency_key="k1")
    assert again.status_code == 200
    assert again.json() == first.json()
    assert LabelEvent.objects.count() == 1


def test_a_stale_label_answers_409_with_both_values(sign_in, cells, anna, ben):
    label(sign_in(ben), cells[0], "monocyte", 1)
    found = label(sign_in(anna), cells[0], "basophil", 1)
    assert found.status_code == 409
    error = found.json()["error"]
    assert error["code"] == "conflict"
    assert error["detail"]["yours"] == "basophil"
    assert error["detail"]["current"]["class"] == "monocyte"
    assert error["detail"]["current"]["version"] == 2
    assert error["detail"]["current"]["by"] == ben.display_name
    assert ben.display_name in error["message"]


def test_null_withdraws_and_undo_gives_back(sign_in, cells, anna):
    client = sign_in(anna)
    label(client, cells[0], "monocyte", 1)
    withdrawn = label(client, cells[0], None, 2).json()["cell"]
    assert (withdrawn["class"], withdrawn["review_state"]) == ("neutrophil", "seen")
    undone = act(client, cells[0], "undo", version=3, idempotency_key="u").json()["cell"]
    assert (undone["class"], undone["review_state"], undone["version"]) == ("monocyte", "labelled", 4)


def test_a_stale_undo_answers_409(sign_in, cells, anna, ben):
    label(sign_in(anna), cells[0], "monocyte", 1)
    label(sign_in(ben), cells[0], "basophil", 2)
    found = act(sign_in(anna), cells[0], "undo", version=2)
    assert (found.status_code, found.json()["error"]["detail"]["current"]["version"]) == (409, 3)


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"to": "monocyte", "version": 1},
        {"to": "monocyte", "version": 0, "seen_suggestion": True},
        {"to": "monocyte", "version": "x", "seen_suggestion": True},
        {"to": "monocyte", "version": 1, "seen_suggestion": True, "suggestion": "x"},
        {"to": "blast", "version": 1, "seen_suggestion": True},
        {"to": "", "version": 1, "seen_suggestion": True},
        {"to": "monocyte", "version": 1, "seen_suggestion": True, "idempotency_key": "k" * 65},
        {"to": "monocyte", "version": 10**30, "seen_suggestion": True},
        [],
    ],
)
def test_nonsense_is_refused_in_words(sign_in, cells, anna, wrong):
    url = reverse("review-api:label", args=[cells[0].public_id])
    found = sign_in(anna).post(url, wrong, content_type=JSON)
    assert found.status_code in {400, 409}
    assert found.json()["error"]["message"]
    assert LabelEvent.objects.count() == 0


def test_a_replaced_cell_answers_410(sign_in, field, cells, anna):
    make_cells(field, finding("monocyte"))
    found = label(sign_in(anna), cells[0], "monocyte", 1)
    assert (found.status_code, found.json()["error"]["code"]) == (410, "gone")


def test_seen_cells_are_recorded(sign_in, slide, cells, anna):
    url = reverse("review-api:seen", args=[slide.public_id])
    ids = [str(c.public_id) for c in cells[:2]]
    found = sign_in(anna).post(url, {"cells": ids}, content_type=JSON)
    assert (found.status_code, found.json()) == (200, {"seen": 2})
    states = Cell.objects.order_by("pk").values_list("review_state", flat=True)
    assert list(states) == ["seen", "seen", "suggested"]


def test_a_biography_for_programs(sign_in, cells, anna):
    label(sign_in(anna), cells[0], "monocyte", 1)
    url = reverse("review-api:events", args=[cells[0].public_id])
    events = sign_in(anna).get(url).json()["events"]
    assert [e["kind"] for e in events] == ["found", "suggested", "label"]
    assert (events[2]["who"], events[2]["detail"]["to"]) == (anna.display_name, "monocyte")


def test_analysing_answers_with_the_job(sign_in, slide, anna):
    in_use(task=Task.LOCATE)
    in_use(task=Task.CLASSIFY)
    url = reverse("review-api:analyse", args=[slide.public_id])
    found = sign_in(anna).post(url, content_type=JSON)
    job = Job.objects.get()
    assert (found.status_code, found.json()) == (202, {"job": str(job.public_id)})
    data = sign_in(anna).get(document_url(slide)).json()["slide"]
    assert (data["state"], data["job"]) == ("queued", str(job.public_id))


def test_analysing_what_is_analysed_answers_409(sign_in, field, slide, anna):
    FieldAnalysis.objects.create(
        field=field,
        locator_version=in_use(task=Task.LOCATE),
        classifier_version=in_use(task=Task.CLASSIFY),
        cells_found=0,
    )
    url = reverse("review-api:analyse", args=[slide.public_id])
    found = sign_in(anna).post(url, content_type=JSON)
    assert (found.status_code, found.json()["error"]["code"]) == (409, "nothing-to-analyse")


def test_the_version_of_a_document_grows_with_every_change(sign_in, slide, field, cells, anna):
    client = sign_in(anna)
    versions = [client.get(document_url(slide)).json()["version"]]

    def changed() -> None:
        versions.append(client.get(document_url(slide)).json()["version"])

    label(client, cells[0], "monocyte", 1)
    changed()
    act(client, cells[0], "undo", version=2)
    changed()
    make_cells(field, finding("monocyte", at=7))
    changed()
    make_cells(field)
    FieldAnalysis.objects.create(
        field=field,
        locator_version=in_use(task=Task.LOCATE),
        classifier_version=in_use(task=Task.CLASSIFY),
        cells_found=0,
    )
    changed()
    assert versions == sorted(set(versions))
    assert client.get(document_url(slide)).json()["version"] == versions[-1]


def test_a_viewer_sees_but_may_not_act(sign_in, slide, cells):
    client = sign_in(member(slide.project, Role.VIEWER))
    assert client.get(document_url(slide)).json()["slide"]["can_label"] is False
    assert label(client, cells[0], "monocyte", 1).status_code == 403
    seen = reverse("review-api:seen", args=[slide.public_id])
    assert client.post(seen, {"cells": []}, content_type=JSON).status_code == 403


def test_a_request_without_the_token_against_forgery_is_refused(slide, cells, anna):
    from django.test import Client

    client = Client(enforce_csrf_checks=True)
    client.force_login(anna)
    assert label(client, cells[0], "monocyte", 1).status_code == 403
    assert LabelEvent.objects.count() == 0


def test_the_document_costs_the_same_for_many_cells(
    sign_in, slide, field, anna, django_assert_max_num_queries
):
    client = sign_in(anna)
    make_cells(field, *(finding(at=at) for at in range(80)))
    for _ in range(4):
        make_field(slide)
    with django_assert_max_num_queries(30):
        assert len(client.get(document_url(slide)).json()["cells"]) == 80


def test_a_label_stays_within_its_queries(sign_in, cells, anna, django_assert_max_num_queries):
    client = sign_in(anna)
    with django_assert_max_num_queries(19):
        assert label(client, cells[0], "monocyte", 1, idempotency_key="k").status_code == 200
