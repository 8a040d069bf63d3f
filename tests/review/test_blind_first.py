"""A project that reads blind first: nothing tells of a cell before one's own label."""

from __future__ import annotations

import json

import pytest
from django.urls import reverse

from apps.cells.models import LabelEvent
from apps.cells.selectors.embeddings import most_likely_wrong
from tests.cells.factories import finding, make_cells

pytestmark = pytest.mark.django_db

JSON = "application/json"
# What nothing may say of a cell that is not known: classes that only these cells carry, and who gave them.
SECRETS = ("basophil", "eosinophil")


@pytest.fixture
def blind(slide, field, anna, ben, sign_in):
    """Ben has labelled the first of two cells in a blind project; Anna has said nothing."""
    slide.project.blind_first = True
    slide.project.save()
    cells = make_cells(field, finding("basophil", at=0), finding("basophil", at=1))
    label(sign_in(ben), cells[0], "eosinophil", 1)
    return cells


def label(client, cell, to, version, **values: object):
    url = reverse("review-api:label", args=[cell.public_id])
    sent = {"to": to, "version": version, "seen_suggestion": True, **values}
    return client.post(url, sent, content_type=JSON)


def document(client, slide):
    return client.get(reverse("review-api:slide-cells", args=[slide.public_id])).json()


def told(data, ben) -> str:
    """Return an answer as text without what it may say anyway: the list of classes and its counts."""
    left = {key: value for key, value in data.items() if key not in {"classes", "counts", "counts_rows"}}
    text = json.dumps(left)
    assert ben.display_name not in text
    return text


def test_the_document_shows_no_class(sign_in, slide, blind, anna, ben):
    data = document(sign_in(anna), slide)
    assert not any(secret in told(data, ben) for secret in SECRETS)
    for cell in data["cells"]:
        assert (cell["class"], cell["letter"], cell["suggested"], cell["suggestion"]) == ("", "?", "", None)
        assert (cell["probability"], cell["probabilities"], cell["unidentified"]) == (None, {}, True)
        assert (cell["low_confidence"], cell["by"]) == (True, "")
        assert cell["review_state"] != "labelled"
    assert {row["class"]: row["n"] for row in data["counts_rows"] if row["n"]} == {"?": 2}
    assert data["counts"]["?"] == 2


def test_ones_own_label_reveals_the_cell_and_no_other(sign_in, slide, blind, anna):
    client = sign_in(anna)
    answered = label(client, blind[0], "monocyte", 2).json()["cell"]
    assert (answered["class"], answered["suggested"], answered["by"]) == (
        "monocyte",
        "basophil",
        anna.display_name,
    )
    first, second = document(client, slide)["cells"]
    assert (first["suggested"], second["suggested"]) == ("basophil", "")
    rows = {row["class"]: row["n"] for row in document(client, slide)["counts_rows"] if row["n"]}
    assert rows == {"?": 1, "monocyte": 1}


def test_what_nobody_saw_is_not_recorded_as_seen(sign_in, blind, anna):
    client = sign_in(anna)
    said = str(blind[0].classifier_version.public_id)
    label(client, blind[0], "monocyte", 2, suggestion=said)
    label(client, blind[0], "lymphocyte", 3, suggestion=said)
    events = LabelEvent.objects.filter(actor=anna).order_by("pk")
    assert [event.seen_suggestion for event in events] == [False, True]


def test_a_conflict_tells_nothing(sign_in, blind, anna, ben):
    found = label(sign_in(anna), blind[0], "monocyte", 1)
    assert found.status_code == 409
    text = found.content.decode()
    assert not any(secret in text for secret in (*SECRETS, ben.display_name))


def test_no_other_way_to_the_class(sign_in, slide, field, blind, anna, ben):
    client = sign_in(anna)
    cell = blind[0].public_id
    url = reverse("review-api:comments", args=[cell])
    sign_in(ben).post(url, {"text": "Clearly an eosinophil"}, content_type=JSON)
    client = sign_in(anna)
    for address in (
        f"/api/v1/cells/{cell}/",
        f"/api/v1/cells/?slide={slide.public_id}",
        f"/api/v1/label-events/?slide={slide.public_id}",
        f"/api/v1/cells/{cell}/events/",
        f"/api/v1/cells/{cell}/comments/",
        f"/api/v1/cells/{cell}/similar/",
        f"/api/v1/slides/{slide.public_id}/changes/?since=0.0",
    ):
        found = client.get(address)
        assert found.status_code == 200, address
        data = found.json()
        assert not any(secret in told(data, ben) for secret in SECRETS), address
    for query in ("label=eosinophil", "class=basophil", "suggested=basophil", "probability_from=0.5"):
        listed = client.get(f"/api/v1/cells/?slide={slide.public_id}&{query}").json()
        assert listed["results"] == [], query


def test_the_pages_without_scripts_tell_nothing(sign_in, slide, blind, anna, ben):
    client = sign_in(anna)
    page = client.get(reverse("review:table", args=[slide.public_id])).content.decode()
    assert page.count(">Unidentified<") >= 2
    assert ">basophil<" not in page
    assert " selected" not in page
    listed = client.get(f"/projects/{slide.project.public_id}/").content.decode()
    assert "?\N{NO-BREAK SPACE}2" in listed
    assert "E\N{NO-BREAK SPACE}1" not in listed


def test_an_order_by_doubt_is_of_known_labels_alone(slide, blind, anna, ben):
    cells = type(blind[0]).objects.filter(field__slide=slide)
    assert most_likely_wrong(cells, user=anna) == []
    assert most_likely_wrong(cells, user=ben) == [blind[0].pk]


def test_a_project_that_does_not_read_blind_asks_nothing_more(
    sign_in, slide, cells, anna, django_assert_max_num_queries
):
    client = sign_in(anna)
    with django_assert_max_num_queries(30):
        data = document(client, slide)
    assert data["cells"][0]["suggested"] == "neutrophil"
