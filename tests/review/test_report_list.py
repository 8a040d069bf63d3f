"""The list of a project's reports: what it shows, its filters, and what it costs."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import Role, User
from apps.cells.models import Cell
from apps.cells.services import label
from apps.review.models import Report
from apps.review.report.listing import reports_listed
from apps.review.second_reading import services as readings
from apps.slides.models import Slide
from tests.cells.factories import make_slide
from tests.factories import member
from tests.review.signing import ready, sign

pytestmark = pytest.mark.django_db


@pytest.fixture
def one(slide, anna) -> Report:
    """A report that is in force."""
    ready(slide, anna)
    return sign(slide, anna)


def another(slide: Slide, actor: User, **rules: object) -> Report:
    other = make_slide(slide.project, title="B-17")
    ready(other, actor, **rules)
    return sign(other, actor)


def changed(report: Report, actor: User) -> Cell:
    """Give a cell of a signed slide another label."""
    cell = Cell.objects.filter(field__slide=report.slide).order_by("-pk")[0]
    label(actor=actor, cell=cell, to_class="basophil", expected_version=cell.version, seen_suggestion=True)
    return cell


def states(slide: Slide, user: User, **asked: object) -> dict[str, str]:
    listed = reports_listed(user=user, project=slide.project, **asked)
    return {line.report.short_id: line.word for line in listed.lines}


def test_each_report_comes_with_its_state_and_the_newest_first(slide, one, anna, ben):
    two = another(slide, ben)
    changed(two, anna)
    assert states(slide, anna) == {two.short_id: "changed", one.short_id: "current"}
    assert list(states(slide, anna)) == [two.short_id, one.short_id]
    amended = sign(two.slide, anna, reason="A basophil was overlooked")
    assert states(slide, anna) == {
        amended.short_id: "current",
        two.short_id: "superseded",
        one.short_id: "current",
    }


def test_one_that_waits_for_a_second_person(slide, anna, ben):
    half = another(slide, anna, two_signers=True)
    assert states(slide, ben) == {half.short_id: "waiting"}


@pytest.mark.parametrize("state", ["current", "changed", "superseded", "waiting"])
def test_the_filter_by_state_gives_those_that_are_shown_in_it(slide, one, anna, ben, state):
    two = another(slide, ben)
    changed(two, anna)
    three = another(slide, ben)
    changed(three, anna)
    sign(three.slide, anna, reason="A basophil was overlooked")
    everything = states(slide, anna)
    wanted = {report: word for report, word in everything.items() if word == state}
    assert states(slide, anna, state=state) == wanted
    assert bool(wanted) is (state != "waiting")


def test_filters_by_words_signer_and_day(slide, one, anna, ben):
    two = another(slide, ben)
    only_two = {two.short_id: "current"}
    assert states(slide, anna, q="b-17") == only_two
    assert states(slide, anna, q=two.slide.specimen.pseudonym) == only_two
    assert states(slide, anna, signer=str(ben.public_id)) == only_two
    today = timezone.localdate()
    assert len(states(slide, anna, since=today, until=today)) == 2
    assert states(slide, anna, since=today + timedelta(days=1)) == {}
    assert states(slide, anna, signer=str(anna.public_id), until=today - timedelta(days=1)) == {}


def test_the_page_links_each_report_its_pdf_and_its_table(sign_in, slide, one, anna):
    browser = sign_in(member(slide.project, Role.VIEWER))
    place = reverse("review:reports", args=[slide.project.public_id])
    page = browser.get(place).content.decode()
    for name in ("report", "report-pdf", "report-csv"):
        assert reverse(f"review:{name}", args=[one.public_id]) in page
    assert "In force" in page
    assert anna.display_name in page
    assert place in browser.get(f"/projects/{slide.project.public_id}/").content.decode()
    assert "No report is like that." in browser.get(f"{place}?q=nothing").content.decode()


def test_an_empty_list_says_what_a_report_is(sign_in, slide, anna):
    page = sign_in(anna).get(reverse("review:reports", args=[slide.project.public_id])).content.decode()
    assert "No report yet" in page
    assert "Filter" not in page


@pytest.mark.parametrize(
    "query", ["since=yesterday", "state=odd", "signer=me", "since=2026-02-02&until=2026-02-01"]
)
def test_a_filter_that_makes_no_sense_says_so(sign_in, slide, one, anna, query):
    answer = sign_in(anna).get(reverse("review:reports", args=[slide.project.public_id]) + f"?{query}")
    assert answer.status_code == 422
    assert "errorlist" in answer.content.decode()


def test_a_report_of_a_slide_that_one_reads_blind_is_not_listed(slide, one, anna, ben):
    readings.assign(actor=member(slide.project, Role.RESEARCHER), slide=slide, reader=ben)
    assert states(slide, ben) == {}
    assert states(slide, anna) == {one.short_id: "current"}


def test_the_list_costs_the_same_for_many_reports(
    sign_in, slide, one, anna, ben, django_assert_max_num_queries
):
    browser = sign_in(anna)
    place = reverse("review:reports", args=[slide.project.public_id])
    browser.get(place)
    changed(one, anna)
    sign(slide, anna, reason="Looked again")
    for _ in range(3):
        another(slide, ben)
    with django_assert_max_num_queries(QUERIES):
        answer = browser.get(place)
    assert answer.content.decode().count("/report.pdf") == 5
    with django_assert_max_num_queries(QUERIES + 6):
        browser.get(f"{place}?state=current")


QUERIES = 20
