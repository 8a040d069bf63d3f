"""What a reader's page asks for and sends: one answer for each image, whatever is repeated, late or from elsewhere."""

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from apps.studies import services
from apps.studies.models import Enrolment, Reading, State, Viewing
from tests.kits.studies import Kit, make_study

pytestmark = pytest.mark.django_db

TIMES = {
    "shown_ms": 1000,
    "first_ms": 2500,
    "class_ms": 2500,
    "answered_ms": 2500,
    "blank_ms": 500,
    "hidden_ms": 0,
    "hidden_times": 0,
    "blurred_ms": 0,
    "earlier_ms": 0,
    "interrupted": False,
    "changes": 0,
}


class Page:
    """A reader's page without a browser."""

    def __init__(self, enrolment: Enrolment) -> None:
        self.enrolment = enrolment
        self.client = Client()
        self.client.force_login(enrolment.reader)

    def address(self, name: str) -> str:
        return reverse(f"studies-api:{name}", args=[self.enrolment.public_id])

    def look(self) -> Any:
        return self.client.get(self.address("reading"))

    def view(self, slot: int) -> Any:
        body = {"slot": slot, "screen": {"width": 1920, "gamut": "srgb"}}
        return self.client.post(self.address("viewings"), body, content_type="application/json")

    def answer(self, slot: int, answer: str | None = "neutrophil", **more: Any) -> Any:
        body = {
            "slot": slot,
            "answer": answer,
            "realism": None,
            "times": TIMES,
            "idempotency_key": uuid4().hex,
            **more,
        }
        return self.client.post(self.address("readings"), body, content_type="application/json")


@pytest.fixture
def kit() -> Kit:
    return make_study(practice=1, each=1, break_every=2)


@pytest.fixture
def page(kit: Kit) -> Page:
    return Page(kit.enrolments[0])


def test_images_come_one_by_one_practice_first_until_none_is_left(kit: Kit, page: Page) -> None:
    seen = []
    document = page.look().json()
    while document["next"]:
        now = document["next"]
        seen.append((now["part"], now["position"], document["answered"], document["total"], now["break_due"]))
        assert page.client.get(now["image"]).status_code == 200
        document = page.answer(now["slot"]).json()
    assert seen == [
        ("practice", 1, 0, 1, False),
        ("reading", 1, 0, 4, False),
        ("reading", 2, 1, 4, False),
        ("reading", 3, 2, 4, True),
        ("reading", 4, 3, 4, False),
    ]
    assert document["state"] == "done"
    assert page.look().json() == document
    assert Reading.objects.filter(slot__enrolment=page.enrolment).count() == 5
    assert kit.fresh().enrolments.get().practised_at is not None


def test_an_image_is_fetched_ahead_and_no_further_one(page: Page) -> None:
    document = page.look().json()
    first = document["next"]
    after = page.answer(first["slot"]).json()["next"]
    assert after["image"] == first["prefetch"]
    assert page.client.get(after["prefetch"]).status_code == 200
    assert page.client.get(first["image"]).status_code == 404  # it had its time
    last = page.answer(after["slot"]).json()["next"]["prefetch"]
    other = Page(Enrolment.objects.get(pk=page.enrolment.pk))
    other.client.force_login(page.enrolment.study.created_by)
    assert other.client.get(last).status_code == 404


def test_the_same_key_is_the_same_answer_and_another_one_is_refused(page: Page) -> None:
    key = uuid4().hex
    first = page.answer(1, idempotency_key=key)
    again = page.answer(1, idempotency_key=key)
    assert (again.status_code, again.json()) == (200, first.json())
    assert page.answer(1).status_code == 409
    assert page.answer(1).json()["error"]["code"] == "answered-elsewhere"
    assert (
        page.answer(2, "lymphocyte", idempotency_key=key).json()["error"]["code"] == "idempotency-key-reused"
    )
    assert page.answer(3).json()["error"]["code"] == "not-this-image"
    assert Reading.objects.count() == 1


def test_the_answer_to_an_answer_says_nothing_of_it(kit: Kit) -> None:
    """Three readers with one order give three answers; all they hear is the next image."""
    heard = []
    for answer in ("neutrophil", "lymphocyte", "cannot-tell"):
        page = Page(kit.add_reader())
        document = page.answer(1, answer, reason="because").json()
        now = document["next"]
        heard.append(
            {**document, "next": {**now, "image": len(now["image"]), "prefetch": len(now["prefetch"])}}
        )
    assert heard[0] == heard[1] == heard[2]


def test_viewings_are_told_at_the_start_and_with_each_answer_but_before_a_break(page: Page) -> None:
    assert page.look().status_code == 200
    assert Viewing.objects.count() == 0  # looking writes nothing
    page.view(1)
    for slot in range(1, 6):
        page.answer(slot)
    viewed = list(Viewing.objects.order_by("pk").values_list("slot__position", flat=True))
    # Slot 2 is the first that counts and slot 4 comes after a break: the page tells of these when the reader goes on.
    assert viewed == [1, 3, 5]
    assert Viewing.objects.first().screen == {"width": 1920, "gamut": "srgb"}


def test_a_viewing_of_another_image_is_not_noted(page: Page) -> None:
    answer = page.view(2)
    assert answer.status_code == 200
    assert answer.json()["next"]["slot"] == 1
    assert Viewing.objects.count() == 0


def test_realism_is_asked_after_the_class_or_in_a_second_sitting() -> None:
    one = make_study(each=1, questions=("class", "realism"))
    page = Page(one.enrolments[0])
    assert page.look().json()["next"]["questions"] == ["class", "realism"]
    assert page.answer(1).status_code == 400
    assert page.answer(1, realism=6).status_code == 200
    two = make_study(each=1, questions=("class", "realism"), sittings=2)
    page = Page(two.enrolments[0])
    for slot in range(1, 5):
        assert page.answer(slot, realism=3).status_code == 400
        document = page.answer(slot).json()
    assert document["next"]["questions"] == ["realism"]
    assert (document["next"]["sitting"], document["answered"]) == (2, 0)
    assert page.answer(5, None, realism=1).status_code == 200


def test_a_second_sitting_that_is_not_due_shows_nothing() -> None:
    kit = make_study(each=1, questions=("class", "realism"), sittings=2, sitting_gap_days=28)
    page = Page(kit.enrolments[0])
    for slot in range(1, 5):
        document = page.answer(slot).json()
    assert (document["state"], document["next"]) == ("later", None)
    assert document["opens_at"] > "2020"
    assert page.answer(5, None, realism=1).status_code == 409


def test_where_the_protocol_lets_readers_go_back_first_and_later_answers_are_kept() -> None:
    kit = make_study(each=1, going_back=True)
    page = Page(kit.enrolments[0])
    assert page.look().json()["next"]["back"] is None
    page.answer(1)
    assert page.answer(2).json()["next"]["back"] == 2
    earlier = page.client.get(reverse("studies-api:reading-slot", args=[page.enrolment.public_id, 2])).json()[
        "next"
    ]
    assert (earlier["position"], earlier["back"], earlier["said"]["answer"]) == (2, 1, "neutrophil")
    assert page.client.get(earlier["image"]).status_code == 200
    assert page.view(2).status_code == 200
    assert page.answer(2, "lymphocyte").json()["next"]["slot"] == 3
    kept = Reading.objects.filter(slot__position=2).order_by("revision").values_list("revision", "answer")
    assert list(kept) == [(0, "neutrophil"), (1, "lymphocyte")]
    assert (
        page.client.get(reverse("studies-api:reading-slot", args=[page.enrolment.public_id, 4])).status_code
        == 404
    )


def test_nobody_goes_back_otherwise(page: Page) -> None:
    page.answer(1)
    page.answer(2)
    assert page.look().json()["next"]["back"] is None
    address = reverse("studies-api:reading-slot", args=[page.enrolment.public_id, 2])
    assert page.client.get(address).status_code == 404


@pytest.mark.parametrize(
    "change",
    [
        {"answer": "basophil"},
        {"answer": None},
        {"realism": 3},
        {"realism": 7},
        {"slot": 0},
        {"times": {}},
        {"times": {**TIMES, "shown_ms": -1}},
        {"times": {**TIMES, "note": "x" * 5000}},
        {"screen": {"name": "x"}},
        {"idempotency_key": ""},
        {"reason": "x" * 1001},
        {"origin": "real"},
    ],
    ids=lambda change: str(change)[:40],
)
def test_what_makes_no_sense_is_refused_and_nothing_kept(page: Page, change: dict[str, Any]) -> None:
    body = {"slot": 1, "answer": "neutrophil", **change}
    refused = page.answer(body.pop("slot"), body.pop("answer"), **body)
    assert refused.status_code == 400, refused.content
    assert not Reading.objects.exists()


def test_nobody_but_the_reader_reads(kit: Kit, page: Page) -> None:
    for person in (kit.owner, kit.manager, kit.add_reader().reader):
        page.client.force_login(person)
        answers = [page.look(), page.view(1), page.answer(1)]
        assert [answer.status_code for answer in answers] == [404, 404, 404]
    page.client.logout()
    assert [page.look().status_code, page.answer(1).status_code] == [401, 401]
    assert not Reading.objects.exists()


@pytest.mark.parametrize(
    ("state", "code"), [(State.LOCKED, "study-not-open"), (State.CLOSED, "study-closed")]
)
def test_a_study_that_is_not_open_is_not_read(state: State, code: str) -> None:
    page = Page(make_study(state, each=1).enrolments[0])
    for answer in (page.look(), page.answer(1)):
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, code)


def test_an_answer_that_was_kept_before_the_study_closed_is_confirmed_after_it(kit: Kit, page: Page) -> None:
    key = uuid4().hex
    page.answer(1, idempotency_key=key)
    services.close(actor=kit.owner, study=kit.fresh())
    late = page.answer(1, idempotency_key=key)
    assert (late.status_code, late.json()["next"]) == (200, None)
    assert page.answer(2).status_code == 409


def test_who_has_withdrawn_is_told_so(page: Page) -> None:
    services.withdraw(actor=page.enrolment.reader, enrolment=page.enrolment)
    assert [page.look().status_code, page.answer(1).status_code] == [410, 410]


def test_an_answer_costs_few_queries(page: Page, django_assert_max_num_queries: Any) -> None:
    page.answer(1)
    with django_assert_max_num_queries(22):
        assert page.answer(2).status_code == 200
    with django_assert_max_num_queries(8):
        page.look()


def test_where_readers_may_go_back_a_sitting_that_is_not_due_is_not_on_screen_either() -> None:
    asked = {"questions": ("class", "realism"), "sittings": 2, "sitting_gap_days": 28, "going_back": True}
    kit = make_study(each=1, **asked)
    page = Page(kit.enrolments[0])
    for slot in range(1, 5):
        page.answer(slot)
    assert page.view(5).status_code == 409
    assert not Viewing.objects.filter(slot__position=5).exists()
    assert page.view(4).status_code == 200
