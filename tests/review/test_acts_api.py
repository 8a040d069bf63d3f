"""Boxes by hand, undo and redo, changes and comments over the API."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse

from apps.accounts.models import Role
from apps.cells.models import Cell, Change, Comment, LabelEvent
from apps.core.registries import slide_changed
from apps.review.api import act_serializers
from apps.review.second_reading import services as readings
from tests.cells.factories import finding, make_cells, make_field, make_slide
from tests.factories import member

pytestmark = pytest.mark.django_db

JSON = "application/json"
BOX = [300.0, 200.0, 350.0, 248.5]


def post(client, name, thing, **values: object):
    url = reverse(f"review-api:{name}", args=[thing.public_id])
    return client.post(url, values, content_type=JSON)


def get(client, name, thing, **query: object):
    return client.get(reverse(f"review-api:{name}", args=[thing.public_id]), query)


def add(client, field, **values: object):
    sent = {"field": str(field.public_id), "box": BOX, "to": None, "idempotency_key": uuid4().hex, **values}
    return post(client, "boxes", field.slide, **sent)


def label(client, cell, to, version, **values: object):
    return post(client, "label", cell, to=to, version=version, seen_suggestion=True, **values)


def cursor(client, slide) -> str:
    return client.get(reverse("review-api:slide-cells", args=[slide.public_id])).json()["cursor"]


def test_a_box_by_hand_is_answered_with_the_cell(sign_in, field, cells, anna):
    client = sign_in(anna)
    found = add(client, field, to="monocyte", idempotency_key="k")
    assert found.status_code == 201
    data = found.json()
    cell = data["cell"]
    assert (cell["box"], cell["class"], cell["by"], cell["hand"]) == (
        BOX,
        "monocyte",
        anna.display_name,
        True,
    )
    assert (cell["suggested"], cell["suggestion"], cell["probabilities"]) == ("", None, {})
    assert {row["class"]: row["labelled"] for row in data["counts_rows"]}["monocyte"] == 1
    assert data["acts"]["undo"]["what"] == "Added box"
    assert add(client, field, to="monocyte", idempotency_key="k").json() == data
    again = add(client, field)
    assert (again.status_code, again.json()["error"]["code"]) == (409, "cell-there")


@pytest.mark.parametrize(
    "wrong",
    [
        {"box": [1, 2, 3]},
        {"box": [1, 2, 3, "x"]},
        {"box": [1, 2, 3, 1e400]},
        {"box": ["NaN", 2, 30, 40]},
        {"box": [9, 9, 9, 9]},
        {"box": None},
        {"box": "1,2,3,4"},
        {"field": "x"},
        {"to": "no such class"},
        {"idempotency_key": ""},
        {"idempotency_key": "k" * 65},
        {"more": 1},
    ],
)
def test_no_box_of_nonsense(sign_in, field, anna, wrong):
    sent = {"field": str(field.public_id), "box": BOX, "to": None, "idempotency_key": "k", **wrong}
    found = post(sign_in(anna), "boxes", field.slide, **sent)
    assert found.status_code == 400, found.content
    assert found.json()["error"]["message"]
    assert Cell.objects.count() == 0


def test_numbers_that_are_none_are_refused(sign_in, field, anna):
    body = f'{{"field": "{field.public_id}", "box": [NaN, 0, 10, 10], "to": null, "idempotency_key": "k"}}'
    url = reverse("review-api:boxes", args=[field.slide.public_id])
    assert sign_in(anna).post(url, body, content_type=JSON).status_code == 400


def test_a_box_is_moved_and_a_cell_removed(sign_in, field, cells, anna):
    client = sign_in(anna)
    moved = post(client, "box", cells[0], box=BOX, version=1, idempotency_key="m")
    assert moved.status_code == 200
    assert (moved.json()["cell"]["box"], moved.json()["cell"]["version"]) == (BOX, 2)
    assert moved.json()["acts"]["undo"]["what"] == "Changed box"
    stale = post(client, "box", cells[0], box=BOX, version=1, idempotency_key="n")
    assert (stale.status_code, stale.json()["error"]["detail"]["current"]["box"]) == (409, BOX)
    gone = post(client, "remove", cells[0], version=2, idempotency_key="r")
    assert gone.status_code == 200
    assert gone.json()["cell"] == str(cells[0].public_id)
    assert gone.json()["acts"]["undo"]["what"] == "Removal of 1 cell"
    late = label(client, cells[0], "monocyte", 3)
    assert (late.status_code, late.json()["error"]["code"]) == (410, "removed")
    again = post(client, "remove", cells[0], version=2, idempotency_key="r")
    assert again.json() == gone.json()


def test_undo_and_redo_of_a_bulk_act(sign_in, slide, cells, anna, ben):
    client = sign_in(anna)
    act = str(uuid4())
    labels = [
        {"cell": str(cell.public_id), "to": "monocyte", "version": 1, "seen_suggestion": True}
        for cell in cells
    ]
    listed = client.post(reverse("review-api:label-list"), {"labels": labels, "act": act}, content_type=JSON)
    assert listed.json()["acts"]["undo"] == {"what": "Monocyte for 3 cells", "n": 3, "act": act}
    label(sign_in(ben), cells[1], "basophil", 2)
    client = sign_in(anna)
    undone = post(client, "slide-undo", slide, idempotency_key="u").json()
    assert [result["status"] for result in undone["results"]] == ["applied", "conflict", "applied"]
    assert undone["results"][1]["conflict"]["current"]["by"] == ben.display_name
    assert undone["results"][0]["cell"]["class"] == "neutrophil"
    assert undone["acts"]["undo"] is None
    assert undone["acts"]["redo"]["what"] == "Monocyte for 2 cells"
    redone = post(client, "slide-redo", slide, idempotency_key="r").json()
    assert [result["cell"]["class"] for result in redone["results"]] == ["monocyte", "monocyte"]
    in_project = post(client, "project-undo", slide.project, idempotency_key="p").json()
    assert len(in_project["results"]) == 2
    assert in_project["acts"]["redo"]["n"] == 2
    shape = act_serializers.StepResultOutput(data=in_project)
    assert shape.is_valid(), shape.errors


def test_undo_of_an_added_box_answers_that_it_is_gone(sign_in, slide, field, anna):
    client = sign_in(anna)
    cell = add(client, field).json()["cell"]["id"]
    undone = post(client, "slide-undo", slide, idempotency_key="u").json()
    assert undone["results"] == [{"id": cell, "status": "applied", "cell": None}]


def test_the_document_says_what_can_be_undone_after_a_page_load(sign_in, slide, cells, anna, ben):
    label(sign_in(anna), cells[0], "monocyte", 1)
    url = reverse("review-api:slide-cells", args=[slide.public_id])
    assert sign_in(anna).get(url).json()["acts"]["undo"]["what"] == "Monocyte for 1 cell"
    assert sign_in(ben).get(url).json()["acts"] == {"undo": None, "redo": None}


def test_others_hear_of_every_act(sign_in, slide, field, cells, anna, ben):
    mine, here = sign_in(anna), sign_in(ben)
    since = cursor(here, slide)
    nothing = get(here, "slide-changes", slide, since=since).json()
    assert (nothing["cells"], nothing["gone"], nothing["counts_rows"], nothing["acts"]) == (
        [],
        [],
        None,
        None,
    )

    def heard() -> tuple[set[str], set[str]]:
        nonlocal since
        found = get(here, "slide-changes", slide, since=since).json()
        since = found["cursor"]
        assert get(here, "slide-changes", slide, since=since).json()["cells"] == []
        return {cell["id"] for cell in found["cells"]}, set(found["gone"])

    ids = [str(cell.public_id) for cell in cells]
    label(mine, cells[0], "monocyte", 1)
    assert ids[0] in heard()[0]
    post(mine, "box", cells[1], box=BOX, version=1, idempotency_key="b")
    assert ids[1] in heard()[0]
    post(mine, "remove", cells[2], version=1, idempotency_key="r")
    assert ids[2] in heard()[1]
    post(mine, "slide-undo", slide, idempotency_key="u")
    assert ids[2] in heard()[0]
    added = add(mine, field, box=[400, 300, 440, 340]).json()["cell"]["id"]
    assert added in heard()[0]
    post(mine, "comments", cells[0], text="Look here.")
    assert ids[0] in heard()[0]


def test_others_hear_of_an_analysis(sign_in, slide, field, cells, anna):
    client = sign_in(anna)
    since = cursor(client, slide)
    (newer,) = make_cells(field, finding("monocyte", at=5))
    slide_changed.run(slide_id=slide.pk, field_id=field.pk, cell_id=None)
    found = get(client, "slide-changes", slide, since=since).json()
    assert [cell["id"] for cell in found["cells"]] == [str(newer.public_id)]
    assert set(found["gone"]) == {str(cell.public_id) for cell in cells}
    assert [f["id"] for f in found["fields"]] == [str(field.public_id)]
    shape = act_serializers.ChangesOutput(data=found)
    assert shape.is_valid(), shape.errors


def test_a_change_that_becomes_visible_late_is_not_missed(sign_in, slide, cells, anna, ben):
    """A transaction that began first and ends last has the lower number."""
    client = sign_in(anna)
    late = Change.objects.create(slide=slide, cell=cells[0])
    number = late.pk
    late.delete()
    label(sign_in(ben), cells[1], "monocyte", 1)
    client = sign_in(anna)
    since = get(client, "slide-changes", slide, since=cursor(client, slide)).json()["cursor"]
    Change.objects.create(pk=number, slide=slide, cell=cells[0])
    found = get(client, "slide-changes", slide, since=since).json()
    assert str(cells[0].public_id) in {cell["id"] for cell in found["cells"]}


def test_what_is_settled_is_told_once(sign_in, slide, cells, anna):
    client = sign_in(anna)
    since = cursor(client, slide)
    label(client, cells[0], "monocyte", 1)
    label(client, cells[1], "monocyte", 1)
    first, second = Change.objects.order_by("pk")
    Change.objects.filter(pk=first.pk).update(created_at=first.created_at - timedelta(minutes=5))
    found = get(client, "slide-changes", slide, since=since).json()
    assert (len(found["cells"]), found["cursor"]) == (2, f"{first.pk}.1")
    assert cursor(client, slide) == f"{first.pk}.1"
    Change.objects.update(created_at=first.created_at - timedelta(minutes=5))
    assert get(client, "slide-changes", slide, since=found["cursor"]).json()["cells"] == []
    assert cursor(client, slide) == f"{second.pk}.0"


@pytest.mark.parametrize(
    "since", ["", "x", "1", "1.", ".1", "-1.0", "1.2.3", f"{2**63}.0", "9" * 40 + ".0", "\u0661.0"]
)
def test_no_cursor_of_nonsense(sign_in, slide, anna, since):
    assert get(sign_in(anna), "slide-changes", slide, since=since).status_code == 400


def test_the_changes_of_a_project(sign_in, slide, cells, anna):
    client = sign_in(anna)
    (other,) = make_cells(make_field(make_slide(slide.project)), finding())
    label(client, cells[0], "monocyte", 1)
    label(client, other, "monocyte", 1)
    found = get(client, "project-changes", slide.project, since="0.0").json()
    assert {cell["id"] for cell in found["cells"]} == {str(cells[0].public_id), str(other.public_id)}


def test_asking_when_nothing_changed_is_cheap(sign_in, slide, cells, anna, django_assert_num_queries):
    client = sign_in(anna)
    since = cursor(client, slide)
    # The session, the person, the slide with how much is new.
    with django_assert_num_queries(3):
        get(client, "slide-changes", slide, since=since)
    label(sign_in(anna), cells[0], "monocyte", 1)
    client = sign_in(anna)
    known = get(client, "slide-changes", slide, since=since).json()["cursor"]
    for name, where in (("slide-changes", slide), ("project-changes", slide.project)):
        with django_assert_num_queries(3):
            assert get(client, name, where, since=known).json()["cells"] == []


def test_what_is_gone_on_a_slide_that_one_may_not_see_is_not_told(sign_in, slide, cells, anna, ben):
    other = make_slide(slide.project)
    (hidden,) = make_cells(make_field(other), finding())
    readings.assign(actor=member(slide.project, Role.RESEARCHER), slide=other, reader=ben)
    client = sign_in(ben)
    for cell in (hidden, cells[0]):
        post(sign_in(anna), "remove", cell, version=1, idempotency_key=str(cell.pk))
    client = sign_in(ben)
    found = get(client, "project-changes", slide.project, since="0.0").json()
    assert found["gone"] == [str(cells[0].public_id)]


def test_comments_stay_and_show_in_the_biography(sign_in, slide, cells, anna, ben):
    client = sign_in(anna)
    written = post(client, "comments", cells[0], text="  Granules?  ", idempotency_key="k")
    assert written.status_code == 201
    assert (written.json()["text"], written.json()["mine"]) == ("Granules?", True)
    assert post(client, "comments", cells[0], text="Granules?", idempotency_key="k").json() == written.json()
    other = post(client, "comments", cells[0], text="Other", idempotency_key="k")
    assert (other.status_code, other.json()["error"]["code"]) == (400, "idempotency-key-reused")
    assert post(client, "comments", cells[0], text="   ").status_code == 400
    here = sign_in(ben)
    (seen,) = get(here, "comments", cells[0]).json()["comments"]
    assert (seen["author"], seen["mine"], seen["text"]) == (anna.display_name, False, "Granules?")
    lines = here.get(reverse("review-api:events", args=[cells[0].public_id])).json()["events"]
    assert [line["text"] for line in lines if line["kind"] == "comment"] == ["Commented: Granules?"]
    document = here.get(reverse("review-api:slide-cells", args=[slide.public_id])).json()
    assert [cell["comments"] for cell in document["cells"]] == [1, 0, 0]
    assert Comment.objects.count() == 1


def test_acts_stay_within_their_queries(sign_in, slide, field, cells, anna, django_assert_max_num_queries):
    client = sign_in(anna)
    with django_assert_max_num_queries(41):
        assert add(client, field).status_code == 201
    with django_assert_max_num_queries(38):
        assert (
            post(client, "box", cells[0], box=[9, 9, 40, 42], version=1, idempotency_key="b").status_code
            == 200
        )
    with django_assert_max_num_queries(30):
        assert post(client, "remove", cells[1], version=1, idempotency_key="r").status_code == 200
    with django_assert_max_num_queries(38):
        assert post(client, "slide-undo", slide, idempotency_key="u").status_code == 200


def test_a_viewer_reads_changes_and_does_nothing(sign_in, slide, field, cells):
    client = sign_in(member(slide.project, Role.VIEWER))
    assert add(client, field).status_code == 403
    assert post(client, "slide-undo", slide, idempotency_key="u").status_code == 403
    assert get(client, "slide-changes", slide, since="0.0").status_code == 200
    assert LabelEvent.objects.count() == 0
