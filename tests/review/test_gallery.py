import io

import numpy as np
import pytest
from django.urls import reverse
from PIL import Image

from apps.accounts.models import AuditEvent, Role
from apps.cells.models import Embedding
from apps.core import storage
from apps.review.gallery import orders, selectors, windows
from apps.slides.models import Field
from ml.images import encode_png
from tests.cells.factories import finding, make_cells, make_field, make_slide
from tests.factories import SiteAdminFactory, UserFactory, member

pytestmark = pytest.mark.django_db

# What a gallery asks, however many cells it has: session, person, slide or project, role, classes, state of the
# analysis, fields, cells (without and with a label), names, seen, comments, what can be undone, cursor.
SLIDE_QUERIES = 34
PROJECT_QUERIES = 30


def data_url(where) -> str:
    name = "gallery" if hasattr(where, "specimen_id") else "project-gallery"
    return reverse(f"review-api:{name}", args=[where.public_id])


def page_url(where) -> str:
    name = "gallery" if hasattr(where, "specimen_id") else "project-gallery"
    return reverse(f"review:{name}", args=[where.public_id])


def label(client, cell, to, version=1):
    url = reverse("review-api:label", args=[cell.public_id])
    body = {"to": to, "version": version, "seen_suggestion": True}
    assert client.post(url, body, content_type="application/json").status_code == 200


def column(document, name: str) -> dict:
    """Return a column by id of the cell."""
    cells = document["cells"]
    return dict(zip(cells["id"], cells[name], strict=True))


def named(document, name: str) -> dict:
    """Return a column that means names, by id of the cell."""
    return {pk: document["cells"]["names"][place] for pk, place in column(document, name).items()}


def test_the_document_holds_each_cell_of_the_slide_once(sign_in, slide, field, cells, anna):
    make_cells(make_field(make_slide(slide.project)), finding())
    document = sign_in(anna).get(data_url(slide)).json()
    assert sorted(document["cells"]["id"]) == sorted(str(cell.public_id) for cell in cells)
    assert document["total"] == 3
    listed = ("names", "models", "people", "box")
    assert {len(values) for name, values in document["cells"].items() if name not in listed} == {3}
    assert len(document["cells"]["box"]) == 12
    assert document["cells"]["box"][:4] == [cells[0].x0, cells[0].y0, cells[0].x1, cells[0].y1]
    assert named(document, "suggested")[str(cells[1].public_id)] == "lymphocyte"
    assert column(document, "unidentified")[str(cells[2].public_id)] == 1
    assert document["fields"] == [
        {
            "id": str(field.public_id),
            "slide": 0,
            "position": 1,
            "um_per_px": 0.1,
            "scale_source": "file",
            "windowed": True,
        }
    ]


def test_a_label_tells_its_class_and_whose_it_is(sign_in, slide, cells, anna, ben):
    label(sign_in(ben), cells[0], "monocyte")
    document = sign_in(anna).get(data_url(slide)).json()
    pk = str(cells[0].public_id)
    assert named(document, "label")[pk] == "monocyte"
    assert column(document, "state")[pk] == 2
    assert column(document, "version")[pk] == 2
    assert document["cells"]["people"][column(document, "by")[pk]] == ben.display_name
    assert column(document, "by")[str(cells[1].public_id)] == -1
    rows = {row["class"]: (row["n"], row["labelled"]) for row in document["counts_rows"]}
    assert (rows["monocyte"], rows["lymphocyte"], rows["?"]) == ((1, 1), (1, 0), (1, 0))


def test_what_one_person_has_seen_is_not_what_another_has(sign_in, slide, cells, anna, ben):
    seen = reverse("review-api:seen", args=[slide.public_id])
    body = {"cells": [str(cells[0].public_id)]}
    assert sign_in(anna).post(seen, body, content_type="application/json").status_code == 200
    mine = sign_in(anna).get(data_url(slide)).json()
    assert column(mine, "seen")[str(cells[0].public_id)] == 1
    assert sum(mine["cells"]["seen"]) == 1
    assert sum(sign_in(ben).get(data_url(slide)).json()["cells"]["seen"]) == 0


def test_a_project_shows_all_its_slides_and_no_other_project(sign_in, slide, cells, anna):
    second = make_slide(slide.project)
    make_cells(make_field(second), finding())
    make_cells(make_field(make_slide()), finding())
    gone = make_slide(slide.project, trashed_at=slide.created_at)
    make_cells(make_field(gone), finding())
    document = sign_in(anna).get(data_url(slide.project)).json()
    assert document["scope"]["kind"] == "project"
    assert [entry["title"] for entry in document["slides"]] == [slide.title, second.title]
    assert len(document["cells"]["id"]) == 4
    assert sorted(document["cells"]["field"]) == [0, 0, 0, 1]


def test_of_a_very_large_project_cells_without_a_label_come_first(sign_in, slide, cells, anna, monkeypatch):
    label(sign_in(anna), cells[0], "monocyte")
    monkeypatch.setattr(selectors, "MOST_CELLS", 2)
    document = sign_in(anna).get(data_url(slide)).json()
    assert document["cells"]["id"] == [str(cells[1].public_id), str(cells[2].public_id)]
    assert document["total"] == 3
    assert {row["class"]: row["n"] for row in document["counts_rows"]}["monocyte"] == 1


@pytest.mark.parametrize("of", ["slide", "project"])
def test_the_number_of_queries_does_not_grow_with_the_cells(
    sign_in, slide, anna, of, django_assert_max_num_queries
):
    field = make_field(slide)
    made = make_cells(field, *(finding(at=at) for at in range(10)))
    client = sign_in(anna)
    label(client, made[0], "monocyte")
    where = slide if of == "slide" else slide.project
    budget = SLIDE_QUERIES if of == "slide" else PROJECT_QUERIES
    with django_assert_max_num_queries(budget):
        client.get(data_url(where))
    for _ in range(4):
        make_cells(make_field(slide), *(finding(at=at) for at in range(100)))
    with django_assert_max_num_queries(budget):
        assert len(client.get(data_url(where)).json()["cells"]["id"]) == 410


@pytest.mark.slow
def test_ten_thousand_cells_ask_as_little_as_ten(sign_in, slide, anna, django_assert_max_num_queries):
    for _ in range(20):
        make_cells(make_field(slide), *(finding(at=at) for at in range(500)))
    client = sign_in(anna)
    with django_assert_max_num_queries(SLIDE_QUERIES):
        packed = client.get(data_url(slide), headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert len(packed.content) < 700_000


@pytest.mark.parametrize("url", [page_url, data_url])
def test_strangers_and_the_trash_answer_404(sign_in, slide, anna, url):
    assert sign_in(UserFactory()).get(url(slide)).status_code == 404
    assert sign_in(UserFactory()).get(url(slide.project)).status_code == 404
    type(slide).objects.filter(pk=slide.pk).update(trashed_at=slide.created_at)
    assert sign_in(anna).get(url(slide)).status_code == 404


def test_an_administrators_look_is_recorded(sign_in, slide):
    admin = SiteAdminFactory()
    assert sign_in(admin).get(data_url(slide)).status_code == 200
    assert sign_in(admin).get(page_url(slide.project)).status_code == 200
    targets = set(AuditEvent.objects.filter(actor=admin, verb="viewed").values_list("target", flat=True))
    assert targets == {f"slide:{slide.public_id}", ""}


def test_the_page_tells_its_script_where_the_data_is_and_who_asks(sign_in, slide, anna):
    text = sign_in(anna).get(page_url(slide)).content.decode()
    assert f'data-api="{data_url(slide)}"' in text
    assert f'data-me="{anna.display_name}"' in text
    assert "Read only" not in text
    viewer = sign_in(member(slide.project, Role.VIEWER)).get(page_url(slide)).content.decode()
    assert "Read only" in viewer
    assert "Move to" not in viewer.split("<dialog")[0]


def test_the_ways_to_the_gallery(sign_in, slide, cells, anna):
    client = sign_in(anna)
    assert page_url(slide) in client.get(reverse("review:slide", args=[slide.public_id])).content.decode()
    project = client.get(reverse("slides:project", args=[slide.project.public_id])).content.decode()
    assert page_url(slide) in project
    assert page_url(slide.project) in project
    assert page_url(slide) in client.get("/").content.decode()


@pytest.fixture
def drawn(field) -> Field:
    """Give the field pixels that say where they lie: red is the column, green the row."""
    rows, columns = np.mgrid[0:480, 0:640]
    pixels = np.zeros((480, 640, 3), np.uint8)
    pixels[..., 0], pixels[..., 1], pixels[..., 2] = columns % 200, rows % 200, 60
    storage.save_bytes(field.image_key, encode_png(pixels))
    windows.held.clear()
    return field


def part(client, field, *numbers: int):
    return client.get(reverse("review:window", args=[field.public_id, *numbers]))


def test_a_part_of_a_field_is_cut_around_its_centre_and_kept_for_good(sign_in, drawn, anna):
    found = part(sign_in(anna), drawn, 100, 80, 96, 96)
    assert found.headers["Content-Type"] == "image/jpeg"
    assert "immutable" in found.headers["Cache-Control"]
    assert "private" in found.headers["Cache-Control"]
    image = np.asarray(Image.open(io.BytesIO(found.content)))
    assert image.shape == (96, 96, 3)
    assert image[48, 48].tolist() == pytest.approx([100, 80, 60], abs=4)
    assert image[0, 0].tolist() == pytest.approx([52, 32, 60], abs=4)


def test_beyond_the_border_a_part_is_grey(sign_in, drawn, anna):
    found = part(sign_in(anna), drawn, 2, 2, 100, 128)
    image = np.asarray(Image.open(io.BytesIO(found.content)))
    assert image.shape == (128, 128, 3)
    assert image[5, 5].tolist() == pytest.approx(list(windows.BEYOND), abs=4)
    assert image[100, 100].tolist() != pytest.approx(list(windows.BEYOND), abs=20)


@pytest.mark.parametrize(
    "numbers", [(10, 10, 50, 97), (10, 10, 0, 96), (10, 10, 5000, 96), (9999, 10, 50, 96), (10, 9999, 50, 96)]
)
def test_parts_that_make_no_sense_are_refused(sign_in, drawn, anna, numbers):
    assert part(sign_in(anna), drawn, *numbers).status_code == 400


def test_a_part_of_a_field_is_for_members(sign_in, drawn):
    assert part(sign_in(UserFactory()), drawn, 10, 10, 50, 96).status_code == 404


def test_a_field_without_its_file_answers_404(sign_in, field, anna):
    windows.held.clear()
    assert part(sign_in(anna), field, 10, 10, 50, 96).status_code == 404


def test_a_field_too_large_to_cut_says_so_in_the_document_and_to_who_asks(
    sign_in, drawn, cells, anna, monkeypatch
):
    monkeypatch.setattr(windows, "MOST_PIXELS", 1000)
    client = sign_in(anna)
    assert client.get(data_url(drawn.slide)).json()["fields"][0]["windowed"] is False
    assert part(client, drawn, 10, 10, 50, 96).status_code == 400


def test_held_fields_are_bounded(drawn):
    small = windows.HeldFields(most_bytes=1)
    other = f"fields/aa/{'f' * 32}.png"
    storage.save_bytes(other, encode_png(np.zeros((10, 10, 3), np.uint8)))
    first = small.get(drawn.image_key)
    assert small.get(drawn.image_key) is first
    small.get(other)
    assert small.get(drawn.image_key) is not first


def order_url(slide, query: str) -> str:
    return reverse("review-api:gallery-order", args=[slide.public_id]) + query


def test_orders_of_the_server_say_why_they_cannot_be_had(sign_in, slide, cells, anna):
    client = sign_in(anna)
    offered = {order["name"]: order["why_not"] for order in client.get(data_url(slide)).json()["orders"]}
    assert offered == {"similarity": orders.NO_FEATURES, "doubtful": orders.NO_LABELS}
    refused = client.get(order_url(slide, "?by=similarity"))
    assert refused.status_code == 409
    assert refused.json()["error"]["message"] == orders.NO_FEATURES
    assert client.get(order_url(slide, "?by=beauty")).status_code == 400


def test_cells_that_look_alike_lie_side_by_side_and_those_like_one_come_first(sign_in, slide, cells, anna):
    for cell, vector in zip(cells, ([1, 0.1], [0, 1], [1, 0]), strict=True):
        Embedding.objects.create(
            cell=cell,
            model_version=cell.classifier_version,
            box_version=cell.box_version,
            vector=np.array(vector, "<f2").tobytes(),
        )
    client = sign_in(anna)
    offered = {order["name"]: order["why_not"] for order in client.get(data_url(slide)).json()["orders"]}
    assert offered["similarity"] == ""
    like = client.get(order_url(slide, f"?by=similarity&to={cells[2].public_id}")).json()["cells"]
    assert like == [str(cells[at].public_id) for at in (2, 0, 1)]
    assert len(client.get(order_url(slide, "?by=similarity")).json()["cells"]) == 3
    stranger = make_cells(make_field(make_slide()), finding())[0]
    assert client.get(order_url(slide, f"?by=similarity&to={stranger.public_id}")).status_code == 404


def test_labels_that_the_model_doubts_come_first(sign_in, slide, cells, anna):
    client = sign_in(anna)
    label(client, cells[0], "neutrophil")
    label(client, cells[1], "monocyte")
    found = client.get(order_url(slide, "?by=doubtful")).json()["cells"]
    assert found[:2] == [str(cells[1].public_id), str(cells[0].public_id)]


def test_reading_blind_first_tells_nothing_of_a_cell_before_ones_own_label(sign_in, slide, cells, anna, ben):
    label(sign_in(ben), cells[0], "monocyte")
    type(slide.project).objects.filter(pk=slide.project_id).update(blind_first=True)
    document = sign_in(anna).get(data_url(slide)).json()
    assert document["scope"]["blind_first"] is True
    assert document["cells"]["names"] == [""]
    assert (document["cells"]["people"], document["cells"]["models"]) == ([], [])
    assert set(document["cells"]["probability"]) == {None}
    assert set(document["cells"]["state"]) <= {0, 1}
    # In the order of finding: to list those without a label first would tell which have one.
    assert document["cells"]["id"] == [str(cell.public_id) for cell in cells]
    assert [row["n"] for row in document["counts_rows"] if row["class"] == "?"] == [3]
    assert sum(row["n"] for row in document["counts_rows"]) == 3
    assert {order["why_not"] for order in document["orders"]} == {orders.BLIND}
    assert sign_in(anna).get(order_url(slide, "?by=doubtful")).status_code == 409

    label(sign_in(anna), cells[1], "basophil")
    known = sign_in(anna).get(data_url(slide)).json()
    assert named(known, "suggested")[str(cells[1].public_id)] == "lymphocyte"
    assert named(known, "label")[str(cells[1].public_id)] == "basophil"
    assert named(known, "label")[str(cells[0].public_id)] == ""


def test_comments_are_counted(sign_in, slide, cells, anna):
    client = sign_in(anna)
    url = reverse("review-api:comments", args=[cells[0].public_id])
    assert client.post(url, {"text": "Vacuoles."}, content_type="application/json").status_code == 201
    document = client.get(data_url(slide)).json()
    assert column(document, "comments") == {
        str(cells[0].public_id): 1,
        str(cells[1].public_id): 0,
        str(cells[2].public_id): 0,
    }
