"""Pages and API of second readings: what they show to whom, in how many queries, and what is taken along in the end."""

from __future__ import annotations

import csv
import io

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.accounts.models import Role
from apps.accounts.services import erase_person
from apps.core.models import Erasure
from apps.review.models import Adjudication, SecondItem, SecondLabel, SecondReading
from apps.review.second_reading import services, showing
from apps.slides.purging import purge_slide
from tests.factories import SiteAdminFactory, member
from tests.review.reading_kit import Readers, readers

pytestmark = pytest.mark.django_db

FIRST = ("neutrophil", "lymphocyte", "lymphocyte", "monocyte")
SECOND = ("monocyte", "neutrophil", "lymphocyte", "monocyte")


@pytest.fixture
def world() -> Readers:
    return readers()


def at(name: str, reading: SecondReading) -> str:
    return reverse(f"review:{name}", args=[reading.public_id])


def post(browser, place: str, **values: object):
    return browser.post(place, values, content_type="application/json")


# --- asking on the page ---------------------------------------------------------------------------------------------


def test_somebody_is_asked_on_the_page_of_the_slide(world, sign_in):
    browser = sign_in(world.researcher)
    place = reverse("review:slide-second-reading", args=[world.slide.public_id])
    assert world.second.display_name in browser.get(place).content.decode()
    answer = browser.post(place, {"reader": str(world.second.public_id)}, follow=True)
    assert answer.redirect_chain[-1][0] == reverse("review:second-readings", args=[world.project.public_id])
    reading = SecondReading.objects.get()
    assert (reading.reader, reading.assigned_by) == (world.second, world.researcher)
    assert browser.get(place).headers["Location"] == at("second-reading", reading)


def test_somebody_who_may_not_read_is_refused_on_the_page(world, sign_in):
    world.first_says(*FIRST)
    place = reverse("review:slide-second-reading", args=[world.slide.public_id])
    answer = sign_in(world.researcher).post(place, {"reader": str(world.first.public_id)})
    assert answer.status_code == 422
    assert not SecondReading.objects.exists()


def test_the_home_page_tells_what_waits(world):
    world.first_says(*FIRST)
    reading = world.ask()
    (item,) = showing.waiting(user=world.second)
    assert item["title"] == "A second reading waits for you"
    assert item["text"] == f"{world.project.name}: 0 of 4 cells read."
    assert showing.waiting(user=world.third) == []
    world.second_says(reading, *SECOND)
    services.finish(actor=world.second, reading=reading)
    (item,) = showing.waiting(user=world.third)
    assert item["title"] == "2 disagreements to adjudicate"
    assert showing.waiting(user=world.first) == showing.waiting(user=world.second) == []
    services.open_table(actor=world.third, reading=reading)
    assert showing.waiting(user=world.third) == []


def test_the_home_page_counts_what_one_may_decide_oneself(world):
    reading = world.done(FIRST, SECOND)
    item = world.item(reading, world.cells[0])
    services.decide(
        actor=world.third,
        reading=reading,
        item_id=item.public_id,
        to_class="monocyte",
        expected_version=1,
    )
    assert showing.waiting(user=world.third)[0]["title"] == "1 disagreement to adjudicate"


def test_the_table_of_slides_tells_how_far_a_reading_is(world, sign_in):
    browser = sign_in(world.first)
    place = reverse("slides:project", args=[world.project.public_id])
    assert "Second reading<" not in browser.get(place).content.decode()
    world.ask()
    assert "waits for the reader" in browser.get(place).content.decode()


# --- reading and deciding through the interface ---------------------------------------------------------------------


def test_a_reading_from_the_first_label_to_the_end(world, sign_in):
    reading = world.ask()
    browser = sign_in(world.second)
    data = reverse("review-api:reading-cells", args=[reading.public_id])
    assert browser.get(at("read", reading)).status_code == 200
    cells = browser.get(data).json()["cells"]
    assert [cell["position"] for cell in cells] == [1, 2, 3, 4]
    for cell in cells:
        place = f"{data}{cell['id']}/label/"
        answer = post(browser, place, to="monocyte", version=1, idempotency_key=f"k{cell['position']}")
        assert answer.json()["cell"] == {**cell, "class": "monocyte", "version": 2}
    undone = post(browser, reverse("review-api:reading-undo", args=[reading.public_id])).json()["cell"]
    assert (undone["id"], undone["class"]) == (cells[-1]["id"], "")
    refused = browser.post(at("finish-reading", reading), follow=True)
    assert "1 cell has no class yet" in refused.content.decode()
    assert browser.get(data).json()["cells"][-1]["version"] == 3
    post(browser, f"{data}{cells[-1]['id']}/label/", to="not-classed", version=3)
    done = browser.post(at("finish-reading", reading))
    assert done.headers["Location"] == at("second-reading", reading)
    assert browser.get(at("read", reading)).headers["Location"] == at("second-reading", reading)
    late = post(browser, f"{data}{cells[0]['id']}/label/", to="basophil", version=2)
    assert (late.status_code, late.json()["error"]["code"]) == (409, "finished")


def test_no_token_reads_or_decides_for_a_person(world):
    from django.test import Client

    from apps.accounts.services import make_api_token

    reading = world.ask()
    item = reading.items.first()
    assert item is not None
    key = make_api_token(user=world.second, name="t", scopes=["label"], days=1)[1]
    program = Client(headers={"Authorization": f"Bearer {key}"})
    place = reverse("review-api:reading-label", args=[reading.public_id, item.public_id])
    answer = post(program, place, to="monocyte", version=1)
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "not-for-tokens")
    assert not SecondLabel.objects.exists()


def test_disagreements_are_decided_through_the_interface(world, sign_in):
    reading = world.done(FIRST, SECOND)
    browser = sign_in(world.third)
    data = reverse("review-api:disagreements", args=[reading.public_id])
    cells = browser.get(data).json()["cells"]
    assert len(cells) == 2
    for cell in cells:
        answer = post(browser, f"{data}{cell['id']}/decide/", to=cell["candidates"][0], version=1)
        assert answer.json()["cell"]["class"] == cell["candidates"][0]
    undone = post(browser, f"{data}undo/").json()["cell"]
    assert (undone["id"], undone["class"], undone["version"]) == (cells[1]["id"], "", 3)
    assert sign_in(world.second).get(data).json()["cells"] == []
    assert sign_in(member(world.project, Role.VIEWER)).get(data).status_code == 403


# --- agreement ------------------------------------------------------------------------------------------------------


def decide_all(world: Readers, reading: SecondReading) -> None:
    for cell in world.cells[:2]:
        services.decide(
            actor=world.third,
            reading=reading,
            item_id=world.item(reading, cell).public_id,
            to_class="monocyte",
            expected_version=1,
        )


def test_the_page_gives_figures_and_says_that_these_are_few_cells(world, sign_in):
    reading = world.done(FIRST, SECOND)
    text = sign_in(world.first).get(at("second-reading", reading)).content.decode()
    assert "On 2 of 4 cells that both classed, the two agree; 2 disagreements are not decided." in text
    assert "50.0 % (6.8 to 93.2 %, exact 95 % interval)" in text
    assert "These are too few cells" in text
    assert "0.27, without interval" in text


def test_who_said_what_waits_for_who_may_decide(world, sign_in):
    reading = world.done(FIRST, SECOND)
    browser = sign_in(world.third)
    page = at("second-reading", reading)
    closed = browser.get(page).content.decode()
    assert "Rows: first reader" not in closed
    assert "Decide 2 disagreements" in closed
    detail = reverse("review-api:second-reading", args=[reading.public_id])
    shown = browser.get(detail).json()["agreement"]
    assert shown["table"] is None
    assert {row["first"] for row in shown["per_class"]} == {None}
    browser.post(at("open-agreement", reading))
    assert "Rows: first reader" in browser.get(page).content.decode()
    whole = browser.get(detail).json()["agreement"]
    assert whole["table"] == [[0, 0, 1], [1, 1, 0], [0, 0, 1]]
    assert "Somebody else decides here" in browser.get(at("adjudicate", reading)).content.decode()


def test_figures_that_stay_open_do_not_tell_the_two_apart(sign_in):
    """Noninterference: with the two readers' labels exchanged, an undecided page reads the same."""
    shown = []
    for first, second in ((FIRST, SECOND), (SECOND, FIRST)):
        world = readers()
        reading = world.done(first, second)
        detail = reverse("review-api:second-reading", args=[reading.public_id])
        shown.append(sign_in(world.third).get(detail).json()["agreement"])
    assert shown[0] == shown[1]


def test_the_table_is_taken_out_by_who_may(world, sign_in):
    reading = world.done(FIRST, SECOND)
    place = at("agreement-csv", reading)
    assert sign_in(world.first).get(place).status_code == 403
    assert sign_in(world.researcher).get(place).status_code == 403  # could still decide
    decide_all(world, reading)
    answer = sign_in(world.researcher).get(place)
    rows = list(csv.DictReader(io.StringIO(answer.content.decode())))
    assert [(row["first"], row["second"], row["agree"], row["decided"]) for row in rows].count(
        ("monocyte", "monocyte", "true", "")
    ) == 1
    assert {row["decided"] for row in rows if row["agree"] == "false"} == {"monocyte"}
    assert {row["second_by"] for row in rows} == {world.second.display_name}


def test_names_in_the_table_are_no_formulas(world, sign_in):
    reading = world.done(FIRST, FIRST)
    world.second.name = "=1+1"
    world.second.save()
    text = sign_in(world.researcher).get(at("agreement-csv", reading)).content.decode()
    assert "'=1+1" in text


def test_a_look_of_an_administrator_is_on_record(world, sign_in):
    from apps.accounts.models import AuditEvent

    reading = world.done(FIRST, SECOND)
    assert sign_in(SiteAdminFactory()).get(at("second-reading", reading)).status_code == 200
    assert AuditEvent.objects.filter(verb="viewed", target=f"slide:{world.slide.public_id}").count() == 1


# --- queries --------------------------------------------------------------------------------------------------------


def queries(browser, place: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as seen:
        assert browser.get(place).status_code == 200
    return len(seen)


def test_lists_and_documents_ask_as_often_for_many_as_for_few(sign_in):
    few, many = readers(2), readers(60)
    counted = []
    for world in (few, many):
        for _ in range(1 if world is few else 4):
            other = readers(2, world.project)
            services.assign(actor=world.researcher, slide=other.slide, reader=world.third)
        reading = world.ask()
        counted.append(
            (
                queries(sign_in(world.second), reverse("review-api:reading-cells", args=[reading.public_id])),
                queries(
                    sign_in(world.researcher),
                    reverse("review:second-readings", args=[world.project.public_id]),
                ),
                queries(
                    sign_in(world.researcher),
                    reverse("review-api:second-readings") + f"?project={world.project.public_id}",
                ),
                queries(sign_in(world.first), at("second-reading", reading)),
            )
        )
    assert counted[0] == counted[1]
    assert all(n <= most for n, most in zip(counted[0], (6, 10, 9, 16), strict=True)), counted[0]


# --- erasing --------------------------------------------------------------------------------------------------------


def test_a_slide_that_is_removed_for_good_takes_its_readings_along(world):
    from django.db import transaction
    from django.utils import timezone

    reading = world.done(FIRST, SECOND)
    decide_all(world, reading)
    services.open_table(actor=world.researcher, reading=reading)
    kept = readers(2, world.project)
    kept.ask()
    world.slide.trashed_at = timezone.now()
    world.slide.save()
    assert purge_slide(slide=world.slide, actor=None, transaction=transaction.atomic) is not None
    assert Erasure.objects.count() == 1
    assert SecondReading.objects.count() == 1
    assert SecondItem.objects.count() == 2
    assert not SecondLabel.objects.exists()
    assert not Adjudication.objects.exists()


def test_an_erased_reader_leaves_labels_by_a_pseudonym_and_no_open_reading(world):
    done = world.done(FIRST, SECOND)
    other = readers(2, world.project)
    open_ = services.assign(actor=world.researcher, slide=other.slide, reader=world.second)
    erase_person(actor=SiteAdminFactory(), user=world.second)
    for reading in (done, open_):
        reading.refresh_from_db()
    assert (done.state, open_.state) == ("done", "withdrawn")
    assert done.reader.display_name.startswith("Former member")
    assert SecondLabel.objects.filter(item__reading=done).count() == 4


def test_a_slide_in_the_trash_hides_its_reading(world, sign_in):
    from django.utils import timezone

    reading = world.ask()
    world.slide.trashed_at = timezone.now()
    world.slide.save()
    assert sign_in(world.second).get(at("read", reading)).status_code == 404
    assert sign_in(world.researcher).get(at("second-reading", reading)).status_code == 404
    assert showing.waiting(user=world.second) == []
