"""The list of labels over the API: its shape, its answers, and that it reads what its description says."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.exceptions import ValidationError

from apps.accounts.models import Role
from apps.cells.models import LabelEvent
from apps.review.api import labels, serializers
from tests.cells.factories import finding, make_cells, make_field
from tests.factories import member

JSON = "application/json"


def entry(cell, to="monocyte", version=1, **values: object):
    return {"cell": str(cell.public_id), "to": to, "version": version, "seen_suggestion": True, **values}


def send(client, *entries: dict[str, object]):
    return client.post(reverse("review-api:label-list"), {"labels": entries}, content_type=JSON)


@pytest.mark.django_db
def test_each_label_is_answered_by_itself(sign_in, cells, anna, ben):
    send(sign_in(ben), entry(cells[0], "basophil"))
    missing = uuid4()
    found = send(
        sign_in(anna),
        entry(cells[0], "monocyte"),
        entry(cells[2], "monocyte", idempotency_key="k"),
        {**entry(cells[1]), "cell": str(missing)},
    )
    assert found.status_code == 200
    stale, done, unknown = found.json()["results"]
    assert done == {
        "cell": str(cells[2].public_id),
        "status": 200,
        "class": "monocyte",
        "letter": "M",
        "review_state": "labelled",
        "version": 2,
    }
    assert (stale["status"], stale["error"]["code"]) == (409, "conflict")
    assert stale["error"]["detail"]["current"]["by"] == ben.display_name
    assert (unknown["cell"], unknown["status"], unknown["error"]["code"]) == (str(missing), 404, "not-found")
    rows = {row["class"]: row["labelled"] for row in found.json()["counts_rows"]}
    assert (rows["monocyte"], rows["basophil"]) == (1, 1)


@pytest.mark.django_db
def test_cells_of_two_slides_have_no_count_in_common(sign_in, cells, anna):
    from tests.cells.factories import make_slide

    other = make_cells(make_field(make_slide(cells[0].project)), finding())[0]
    assert send(sign_in(anna), entry(cells[0]), entry(other)).json()["counts_rows"] is None


@pytest.mark.django_db
def test_the_answer_is_what_the_interface_describes(sign_in, cells, anna):
    answer = send(sign_in(anna), entry(cells[0]), entry(cells[1], "no such class")).json()
    serializer = serializers.LabelListOutput(data=answer)
    assert serializer.is_valid(), serializer.errors
    assert set(serializer.fields) == set(answer)
    assert all(set(result) <= set(serializers.LabelResultOutput().fields) for result in answer["results"])


@pytest.mark.django_db
def test_who_may_label_none_of_the_cells_is_refused(sign_in, cells):
    viewer = sign_in(member(cells[0].project, Role.VIEWER))
    assert send(viewer, entry(cells[0]), entry(cells[1])).status_code == 403
    assert LabelEvent.objects.count() == 0


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({}, "labels"),
        ({"labels": []}, "labels"),
        ({"labels": [{}] * 501}, "labels"),
        ([], "labels"),
        ({"labels": [{"cell": "x", "to": None, "version": 1, "seen_suggestion": True}]}, "0"),
    ],
)
def test_nonsense_is_refused_with_its_place(sign_in, anna, body, where):
    found = sign_in(anna).post(reverse("review-api:label-list"), body, content_type=JSON)
    assert found.status_code == 400
    error = found.json()["error"]
    assert error["code"] == "invalid"
    assert where in error["detail"] or where in error["detail"]["labels"]


@pytest.mark.django_db
def test_a_list_of_a_hundred_stays_within_its_queries(sign_in, slide, anna, django_assert_max_num_queries):
    many = make_cells(make_field(slide), *(finding(at=at) for at in range(100)))
    client = sign_in(anna)
    said = str(many[0].classifier_version.public_id)
    with django_assert_max_num_queries(20):
        found = send(client, *(entry(cell, suggestion=said, idempotency_key=uuid4().hex) for cell in many))
    assert {result["status"] for result in found.json()["results"]} == {200}


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-1, 3),
    st.floats(allow_nan=False),
    st.sampled_from(["", "monocyte", "m\x00", "x" * 41, "k" * 65, str(uuid4()), "true", "1"]),
    st.lists(st.integers(), max_size=1),
)
ENTRIES = st.fixed_dictionaries(
    {},
    optional={
        "cell": st.one_of(st.just(str(uuid4())), VALUES),
        "to": st.one_of(st.just("monocyte"), VALUES),
        "version": st.one_of(st.just(1), VALUES),
        "seen_suggestion": st.one_of(st.booleans(), VALUES),
        "suggestion": st.one_of(st.just(str(uuid4())), VALUES),
        "idempotency_key": st.one_of(st.just("k"), VALUES),
    },
)


@given(ENTRIES)
def test_what_is_read_by_hand_is_what_the_description_takes(found):
    """The description is the looser one where JSON has types: it takes "1" for 1, and blanks around a text."""
    described = serializers.LabelListInput(data={"labels": [found]})
    try:
        (act,) = labels.acts_in({"labels": [found]})
    except ValidationError:
        typed = {"cell": str, "to": str, "version": int, "seen_suggestion": bool, "suggestion": str}
        as_json = all(
            found.get(name) is None or type(found[name]) is kind
            for name, kind in {**typed, "idempotency_key": str}.items()
        )
        assert not (as_json and described.is_valid())
        return
    assert described.is_valid(), described.errors
    value = described.validated_data["labels"][0]
    assert (act.cell, act.to_class, act.expected_version) == (value["cell"], value["to"], value["version"])
    assert act.seen_suggestion == value["seen_suggestion"]
    assert act.suggestion == value.get("suggestion")
    assert act.idempotency_key == value.get("idempotency_key")
