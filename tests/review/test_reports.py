"""Reports: on the page, as PDF and CSV, through the API, the slide as it was signed, and what an erasure leaves."""

from __future__ import annotations

import csv
import io
import time
from contextlib import nullcontext
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader

from apps.accounts.models import AuditEvent, Role, User
from apps.accounts.services import erase_person
from apps.cells.models import Cell
from apps.cells.services import label
from apps.review.models import Laboratory, ReferenceRange, Report, Worksheet
from apps.review.report.pdf import report_as_pdf
from apps.review.signing import laboratory as ranges
from apps.review.signing.frozen import RESEARCH_USE, is_intact
from apps.review.signing.laboratory import RangeValues
from apps.slides.models import DeviceProfile, Slide
from apps.slides.purging import purge_slide
from apps.slides.services.erasing import enter_erasure
from tests.cells.factories import make_slide
from tests.factories import ProjectFactory, SiteAdminFactory, member
from tests.kits.traces import tables_with
from tests.review.signing import fill_sheet, ready, sign

pytestmark = pytest.mark.django_db

SOURCE = "Own donors, 2025, n = 240"


@pytest.fixture
def slide(db) -> Slide:
    slide = make_slide(title="patient-smith-slide.png")
    device = DeviceProfile.objects.create(project=slide.project, name="Olympus BX53", objective="100x oil")
    Slide.objects.filter(pk=slide.pk).update(device=device)
    slide.specimen.stain, slide.specimen.age_band, slide.specimen.sex = (
        "May-Grünwald-Giemsa",
        "40-49",
        "female",
    )
    slide.specimen.save()
    return Slide.objects.select_related("project", "specimen", "device").get(pk=slide.pk)


@pytest.fixture
def six(slide, anna) -> list[Cell]:
    lab = Laboratory.objects.create(name="Haemostaseology Łódź")
    cells = ready(slide, anna, laboratory=lab)
    manager = member(slide.project, Role.MANAGER)
    given = {"unit": "percent", "source": SOURCE, "valid_from": date(2026, 1, 1)}
    ranges.add_ranges(
        actor=manager,
        project=slide.project,
        ranges=[
            RangeValues(cell_class="lymphocyte", low=90.0, high=99.0, **given),
            RangeValues(cell_class="eosinophil", low=0.0, high=5.0, **given),
        ],
    )
    fill_sheet(slide, anna, wbc=6.0, remark="Thin <b>edge</b> & 20 µm")
    return cells


@pytest.fixture
def report(slide, six, anna) -> Report:
    return sign(slide, anna)


def text_of(pdf: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).split())


def test_the_page_of_a_report(sign_in, report, slide):
    page = sign_in(member(slide.project, Role.VIEWER)).get(f"/reports/{report.public_id}/").content.decode()
    for words in (
        RESEARCH_USE,
        "May-Grünwald-Giemsa",
        "Olympus BX53, 100x oil",
        "0.1 µm per pixel (the picture file)",
        "Haemostaseology Łódź",
        "Thin &lt;b&gt;edge&lt;/b&gt; &amp; 20 µm",
        "below the reference range, 4.3\N{EN DASH}77.7 %",
        "may lie outside the reference range, 0.4\N{EN DASH}64.1 %",
        SOURCE,
        report.digest,
        "2 cells by a person, 4 as suggested and accepted at sign-off",
    ):
        assert words in page
    assert "does not match" not in page


def test_the_pdf_says_all_of_it_in_text_and_is_the_same_each_time(report, anna):
    pdf = report_as_pdf(report)
    text = text_of(pdf)
    for words in (
        f"Differential, report {report.short_id}",
        RESEARCH_USE,
        "Differential of 6 leukocytes",
        "Neutrophil 3 50.0 11.8\N{EN DASH}88.2 3.00 (0.71\N{EN DASH}5.29)",
        "Lymphocyte 2 33.3 4.3\N{EN DASH}77.7 2.00 (0.26\N{EN DASH}4.66) 90.0\N{EN DASH}99.0 %",
        "Lymphocyte: below the reference range, 4.3\N{EN DASH}77.7 %",
        "May-Grünwald-Giemsa",
        "Haemostaseology Łódź",
        "Thin <b>edge</b> & 20 µm",
        "Leukocyte count 6 \N{MULTIPLICATION SIGN} 10⁹/L",
        f"Source of ranges: {SOURCE}",
        anna.display_name,
        "page 1",
    ):
        assert words in text
    assert "smith" not in text
    assert report_as_pdf(report) == pdf
    assert len(pdf) < 150_000


def test_names_of_people_cannot_break_the_pdf(report, anna):
    anna.name = "<font color=red>Ann & <img src='file:///etc/passwd'/>"
    anna.save()
    fresh = Report.objects.get(pk=report.pk)
    assert "<img src='file:///etc/passwd'/>" in text_of(report_as_pdf(fresh))


def test_the_csv_has_a_row_for_each_class_and_what_it_rests_on(sign_in, report, anna):
    answer = sign_in(anna).get(f"/reports/{report.public_id}/report.csv")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="report-{report.short_id}.csv"'
    text = answer.content.decode()
    rows = list(csv.reader(io.StringIO(text)))
    head = rows[0]
    lymphocyte = dict(zip(head, next(row for row in rows if row[2:3] == ["lymphocyte"]), strict=True))
    shown = [lymphocyte[name] for name in ("n", "percent", "low", "high")]
    assert tuple(shown) == (
        "2",
        "33.3",
        "4.3",
        "77.7",
    )
    assert lymphocyte["verdict"] == "below"
    pairs = {row[0]: row[1] for row in rows if len(row) == 2}
    assert pairs["Use"] == RESEARCH_USE
    assert pairs["Stain"] == "May-Grünwald-Giemsa"
    assert "smith" not in text
    (event,) = AuditEvent.objects.filter(verb="exported")
    assert event.detail["what"] == "report CSV"


def test_the_ranges_that_a_report_was_judged_by_stay_in_it(report, slide):
    manager = member(slide.project, Role.MANAGER)
    for held in ReferenceRange.objects.all():
        ranges.end_range(actor=manager, project=slide.project, public_id=held.public_id)
    report.refresh_from_db()
    row = next(row for row in report.content["differential"]["rows"] if row["class"] == "lymphocyte")
    assert row["ranges"][0]["range"]["source"] == SOURCE


def test_the_slide_as_it_was_signed(sign_in, report, six, slide, ben):
    label(actor=ben, cell=six[2], to_class="monocyte", expected_version=2, seen_suggestion=True)
    browser = sign_in(ben)
    page = browser.get(f"/reports/{report.public_id}/slide/").content.decode()
    assert page.count('class="as-signed__box"') == 3
    assert page.count("as-signed__cell--differs") == 1
    assert "its events do not agree" not in page
    cells = page.split("<tbody>")[1]
    assert [cells.count(name) for name in ("eosinophil", "neutrophil", "lymphocyte", "monocyte")] == [
        1,
        1,
        1,
        0,
    ]
    assert browser.get(f"/reports/{report.public_id}/slide/?field=2").status_code == 200
    assert browser.get(f"/reports/{report.public_id}/slide/?field=9").status_code == 404
    assert browser.get(f"/reports/{report.public_id}/slide/?field=x").status_code == 200


# Erasing


def test_an_erased_person_s_signature_stays_by_the_pseudonym(report, slide, anna, sign_in):
    name = "Canary Q. Signer"
    User.objects.filter(pk=anna.pk).update(name=name)
    erase_person(actor=SiteAdminFactory(), user=User.objects.get(pk=anna.pk))
    browser = sign_in(member(slide.project, Role.VIEWER))
    page = browser.get(f"/reports/{report.public_id}/").content.decode()
    assert name not in page
    assert "Former member" in page
    assert tables_with(name) == {}
    assert is_intact(Report.objects.get(pk=report.pk))


def test_an_erased_specimen_s_counts_stay_and_nothing_else(report, slide, six, sign_in):
    pseudonym = slide.specimen.pseudonym
    enter_erasure(specimen=slide.specimen)
    viewer = member(slide.project, Role.VIEWER)
    browser = sign_in(viewer)
    assert (
        browser.get(f"/reports/{report.public_id}/").status_code == 404
    )  # in the trash: out of sight at once
    before = report.content
    gone = str(slide.public_id)
    assert purge_slide(slide=slide, actor=None, transaction=nullcontext, anywhere=True) is not None
    kept = Report.objects.get(pk=report.pk)
    assert (kept.slide, kept.about, kept.cells, kept.content) == (None, None, None, before)
    assert is_intact(kept)
    assert not Worksheet.objects.exists()
    page = browser.get(f"/reports/{report.public_id}/").content.decode()
    assert "Removed specimen" in page
    assert "4.3\N{EN DASH}77.7" in page
    assert pseudonym not in page
    assert "Thin" not in page
    text = text_of(report_as_pdf(kept))
    assert pseudonym not in text
    assert "Removed specimen" in browser.get(f"/reports/{report.public_id}/report.csv").content.decode()
    assert browser.get(f"/reports/{report.public_id}/slide/").status_code == 410
    found = browser.get(f"/api/v1/reports/{report.public_id}/").json()
    assert (found["slide"], found["leukocytes"]) == (None, 6)
    traces = tables_with(gone, "May-Grünwald", "20 µm")
    assert set(traces) <= {"accounts_auditevent", "core_erasure"}


def test_the_reports_of_a_slide_in_the_trash_are_hidden_with_it(report, slide, anna, sign_in):
    slide.trashed_at = "2026-01-01T00:00:00Z"
    slide.save()
    assert sign_in(anna).get(f"/reports/{report.public_id}/").status_code == 404


# Pages


def late(user: User) -> Client:
    browser = Client()
    browser.force_login(user)
    session = browser.session
    session["accounts.confirmed_at"] = time.time() - 3600
    session.save()
    return browser


def hidden_value(page: str, name: str) -> str:
    return page.split(f'name="{name}" value="')[1].split('"', maxsplit=1)[0]


def post_signature(browser: Client, slide: Slide, **given: str) -> object:
    page = browser.get(f"/slides/{slide.public_id}/sign/").content.decode()
    sent = {name: hidden_value(page, name) for name in ("basis", "since", "key")}
    return browser.post(f"/slides/{slide.public_id}/sign/", {**sent, **given})


def test_signing_on_the_page(sign_in, slide, six, anna):
    browser = sign_in(anna)
    answer = post_signature(browser, slide)
    report = Report.objects.get()
    assert answer.headers["Location"] == f"/reports/{report.public_id}/"
    page = browser.get(f"/slides/{slide.public_id}/sign/").content.decode()
    assert "Nothing has changed since." in page
    assert 'name="basis"' not in page


def test_an_old_proof_is_not_enough_and_nothing_typed_is_lost(slide, six, anna):
    browser = late(anna)
    page = browser.get(f"/slides/{slide.public_id}/sign/").content.decode()
    assert 'name="basis"' not in page
    confirm = f"/accounts/confirm/?next=/slides/{slide.public_id}/sign/%23sign"
    assert confirm in page
    answer = browser.post(f"/slides/{slide.public_id}/sign/", {"basis": "x", "since": "0", "key": "k"})
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/accounts/confirm/")
    assert not Report.objects.exists()


def test_a_stale_page_shows_what_changed_and_signs_nothing(sign_in, slide, six, anna, ben):
    browser = sign_in(anna)
    page = browser.get(f"/slides/{slide.public_id}/sign/").content.decode()
    sent = {name: hidden_value(page, name) for name in ("basis", "since", "key")}
    label(actor=ben, cell=six[3], to_class="monocyte", expected_version=1, seen_suggestion=True)
    answer = browser.post(f"/slides/{slide.public_id}/sign/", sent)
    assert answer.status_code == 409
    assert f"{ben.display_name}: labelled, a cell on field 2" in answer.content.decode()
    assert not Report.objects.exists()


def test_an_amendment_on_the_page_keeps_the_reason_when_it_is_refused(sign_in, slide, six, anna, ben, report):
    label(actor=ben, cell=six[3], to_class="monocyte", expected_version=2, seen_suggestion=True)
    browser = sign_in(anna)
    assert post_signature(browser, slide).status_code == 400
    answer = post_signature(browser, slide, reason="A monocyte was missed")
    second = Report.objects.get(number=2)
    assert answer.headers["Location"] == f"/reports/{second.public_id}/"
    page = browser.get(f"/reports/{report.public_id}/").content.decode()
    assert f"Superseded by report {second.short_id}" in page
    assert "A monocyte was missed" in browser.get(f"/reports/{second.public_id}/").content.decode()


def test_the_second_person_finds_the_form_and_an_item_at_home(sign_in, slide, anna, ben):
    ready(slide, anna, two_signers=True)
    report = sign(slide, anna)
    assert "Second signature for" not in sign_in(anna).get("/").content.decode()
    browser = sign_in(ben)
    assert "Second signature for" in browser.get("/").content.decode()
    page = browser.get(f"/slides/{slide.public_id}/sign/").content.decode()
    sent = {name: hidden_value(page, name) for name in ("digest", "key")}
    answer = browser.post(f"/reports/{report.public_id}/sign/", sent)
    assert answer.headers["Location"] == f"/reports/{report.public_id}/"
    assert report.signatures.count() == 2
    assert "Second signature for" not in browser.get("/").content.decode()


def test_the_sheet_on_the_page(sign_in, slide, six, anna):
    browser = sign_in(anna)
    page = browser.get(f"/slides/{slide.public_id}/sign/").content.decode()
    sent = {"wbc": "7.5", "quality": "limited", "remark": "Few", "version": hidden_value(page, "version")}
    address = f"/slides/{slide.public_id}/sheet/"
    assert browser.post(address, {**sent, "wbc": "-1"}).status_code == 422
    assert browser.post(address, sent).status_code == 302
    assert Worksheet.objects.get().wbc == 7.5
    answer = browser.post(address, {**sent, "wbc": "8"})
    assert answer.status_code == 409
    assert "Saved meanwhile: 7.5" in answer.content.decode()


def test_where_labels_come_first_the_count_is_not_shown(sign_in, slide, six, anna):
    slide.project.blind_first = True
    slide.project.save()
    browser = sign_in(anna)
    page = browser.get(f"/slides/{slide.public_id}/sign/").content.decode()
    assert "labels before it sees suggestions" in page
    assert "differential__picture" not in page
    found = browser.get(f"/api/v1/slides/{slide.public_id}/differential/").json()
    assert (found["hidden"], found["rows"], found["leukocytes"]) == (True, [], 0)


def test_the_table_of_slides_says_what_is_signed(sign_in, slide, report, anna):
    page = sign_in(anna).get(f"/projects/{slide.project.public_id}/").content.decode()
    assert f'<a href="/reports/{report.public_id}/">Signed</a>' in page


# The API


def test_the_differential_through_the_api(sign_in, slide, six, anna):
    found = sign_in(anna).get(f"/api/v1/slides/{slide.public_id}/differential/").json()
    assert (found["leukocytes"], found["wbc"], found["signed"]) == (6, {"entered": 6.0, "used": 6.0}, None)
    assert found["signing"] == {"ready": True, "reasons": [], "url": f"/slides/{slide.public_id}/sign/"}
    row = next(row for row in found["rows"] if row["class"] == "lymphocyte")
    assert (row["percent"], row["low"], row["high"]) == (33.3, 4.3, 77.7)
    assert row["flags"] == ["below the reference range, 4.3\N{EN DASH}77.7 %"]
    eosinophil = next(row for row in found["rows"] if row["class"] == "eosinophil")
    assert eosinophil["advice"]["more"] == 94


def test_reports_through_the_api(sign_in, slide, report, anna):
    browser = sign_in(anna)
    (line,) = browser.get(f"/api/v1/reports/?slide={slide.public_id}").json()["results"]
    assert (line["id"], line["specimen"], line["leukocytes"]) == (
        str(report.public_id),
        slide.specimen.pseudonym,
        6,
    )
    assert [each["name"] for each in line["signatures"]] == [anna.display_name]
    whole = browser.get(f"/api/v1/reports/{report.public_id}/").json()
    assert whole["intact"] is True
    assert {fact["name"] for fact in whole["facts"]} >= {"Stain", "Device", "Scale", "Models", "Smear"}
    table = browser.get(f"/api/v1/reports/{report.public_id}/report.csv")
    assert table.headers["Content-Type"] == "text/csv; charset=utf-8"
    outsider = sign_in(member(ProjectFactory(), Role.MANAGER))
    assert outsider.get(f"/api/v1/reports/{report.public_id}/").status_code == 404
    assert outsider.get("/api/v1/reports/").json()["results"] == []


def test_the_number_of_questions_does_not_grow(sign_in, slide, six, anna, django_assert_max_num_queries):
    """Budgets of the pages and lists, with a report among what they read."""
    report = sign(slide, anna)
    browser = sign_in(anna)
    for address, most in (
        (reverse("review:sign", args=[slide.public_id]), 46),
        (reverse("review:report", args=[report.public_id]), 20),
        (reverse("review:as-signed", args=[report.public_id]), 22),
        (reverse("review-api:differential", args=[slide.public_id]), 30),
        (reverse("review-api:report-list"), 10),
        (reverse("review:signing-rules", args=[slide.project.public_id]), 22),
    ):
        browser.get(address)
        with django_assert_max_num_queries(most):
            assert browser.get(address).status_code == 200
