"""Signing: what is asked before, what is frozen, two people at once, and what happens to what was signed."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from apps.accounts.models import AuditEvent, Role
from apps.cells.models import Cell, EventKind, LabelEvent, ReviewState
from apps.cells.services import label, mark_seen
from apps.core.errors import Conflict, InvalidInput, NotFound, NotPermitted
from apps.core.registries import biography_items
from apps.review.models import Report, Signature, SigningRules, Worksheet
from apps.review.signing import services
from apps.review.signing.frozen import is_intact
from apps.review.signing.hooks import signed_chapters
from apps.review.signing.selectors import signed_state
from apps.review.signing.summary import summary_of
from apps.slides.models import Slide
from tests.cells.factories import finding, make_cells, make_field, make_slide
from tests.factories import ProjectFactory, member
from tests.review.signing import fill_sheet, ready, sign

pytestmark = pytest.mark.django_db


@pytest.fixture
def slide(db) -> Slide:
    return make_slide()


@pytest.fixture
def six(slide, anna) -> list[Cell]:
    return ready(slide, anna)


def open_checks(slide: Slide) -> set[str]:
    return {check.code for check in summary_of(slide).refusals}


# What is asked before


def test_a_slide_that_is_ready_is_signed(slide, six, anna):
    assert open_checks(slide) == set()
    report = sign(slide, anna)
    assert (report.number, report.supersedes, report.signatures_needed) == (1, None, 1)
    (signature,) = report.signatures.all()
    assert (signature.signer, signature.digest) == (anna, report.digest)
    counted = {
        row["class"]: (row["n"], row["labelled"], row["percent"])
        for row in report.content["differential"]["rows"]
    }
    assert counted["neutrophil"] == (3, 1, 50.0)
    assert counted["eosinophil"] == (1, 1, 16.7)
    assert counted["lymphocyte"] == (2, 0, 33.3)
    event = AuditEvent.objects.get(verb="signed")
    assert (event.actor, event.target) == (anna, f"slide:{slide.public_id}")
    assert event.detail == {"report": report.short_id, "cells": 6, "digest": report.digest}


def test_what_was_seen_and_not_labelled_is_accepted_and_stays_no_label(slide, six, anna):
    sign(slide, anna)
    events = LabelEvent.objects.filter(kind=EventKind.ACCEPTED).order_by("cell_id")
    assert [event.cell for event in events] == six[2:]
    assert {
        (event.actor, event.from_class, event.to_class == event.cell.suggested_class) for event in events
    } == {(anna, "", True)}
    for cell in six[2:]:
        before = cell.version
        cell.refresh_from_db()
        assert (cell.current_class, cell.review_state, cell.version) == ("", ReviewState.SEEN, before + 1)


def test_nothing_is_signed_while_a_cell_is_unidentified_or_unseen(slide, six, anna):
    (doubtful,) = make_cells(make_field(slide), finding("basophil", p=0.4, unidentified=True))
    assert open_checks(slide) == {"identified", "seen"}
    with pytest.raises(InvalidInput) as refused:
        sign(slide, anna)
    assert refused.value.detail == {"checks": ["identified", "seen"]}
    assert refused.value.message.startswith("Not signed yet: 1 cell is unidentified; 1 cell has not been on")
    label(actor=anna, cell=doubtful, to_class="basophil", expected_version=1, seen_suggestion=True)
    assert open_checks(slide) == set()
    assert not Report.objects.exists()


def test_enough_leukocytes_or_all_that_there_are(slide, six, anna):
    SigningRules.objects.update(cells_needed=7)
    assert open_checks(slide) == {"enough"}
    fill_sheet(slide, anna, all_counted=True)
    assert open_checks(slide) == set()


@pytest.mark.parametrize(
    ("sheet", "open_"),
    [
        ({"quality": ""}, True),
        ({"quality": "unusable"}, True),
        ({"quality": "limited"}, True),
        ({"quality": "limited", "remark": "Few cells at the edge"}, False),
        ({"quality": "good"}, False),
    ],
)
def test_the_question_for_the_smear_is_answered(slide, six, anna, sheet, open_):
    fill_sheet(slide, anna, **sheet)
    assert ("quality" in open_checks(slide)) is open_


def test_every_field_is_marked_complete_where_the_project_asks_for_it(slide, six, anna):
    SigningRules.objects.update(fields_complete=True)
    assert open_checks(slide) == {"complete"}
    slide.fields.update(complete=True)
    assert open_checks(slide) == set()


def test_where_labels_come_before_suggestions_every_cell_needs_one(slide, six, anna):
    slide.project.blind_first = True
    slide.project.save()
    assert open_checks(slide) == {"labelled"}


def test_a_slide_that_waits_for_a_second_reading_is_not_signed(slide, six):
    slide.project.second_reading_share = 100
    slide.project.save()
    assert open_checks(slide) == {"second-reading"}


def test_an_empty_slide_is_not_signed(slide, anna):
    fill_sheet(slide, anna, all_counted=True)
    assert "enough" in open_checks(slide)


def test_who_may_sign(slide, six):
    with pytest.raises(NotPermitted):
        sign(slide, member(slide.project, Role.VIEWER))
    with pytest.raises(NotFound):
        sign(slide, member(ProjectFactory(), Role.MANAGER))
    assert sign(slide, member(slide.project, Role.RESEARCHER)).number == 1


# What is frozen


def test_a_report_rests_on_all_that_it_names_and_on_no_file_name(slide, six, anna):
    fill_sheet(slide, anna, wbc=8.0, remark="Thin edge")
    report = sign(slide, anna)
    content = report.content
    assert content["class_list"]["name"] == "eight"
    assert {model["task"] for model in content["models"]} == {"locate", "classify"}
    assert content["sheet"] == {"wbc": 8.0, "wbc_with_nrbc": False, "quality": "good", "all_counted": False}
    assert content["accepted"] == 4
    assert [field["um_per_px"] for field in content["fields"]] == [0.1, 0.1]
    assert report.about["specimen"]["pseudonym"] == slide.specimen.pseudonym
    assert report.about["remark"] == "Thin edge"
    frozen = {row[0]: (row[1], row[2]) for row in report.cells}
    assert frozen[str(six[1].public_id)] == (2, "eosinophil")
    assert frozen[str(six[5].public_id)] == (2, "lymphocyte")
    everything = f"{report.content}{report.about}{report.cells}"
    assert "smith" not in everything
    assert slide.title not in everything


def test_absolute_counts_and_their_correction(slide, six, anna):
    fill_sheet(slide, anna, wbc=10.0)
    row = summary_of(slide).differential.line("eosinophil")
    assert row.absolute is not None
    assert row.absolute.value == pytest.approx(10 / 6)
    assert (row.absolute.low, row.absolute.high) == (
        pytest.approx(0.042, abs=1e-3),
        pytest.approx(6.41, abs=1e-2),
    )
    make_cells(make_field(slide), *(finding("erythroblast", at=at) for at in range(2)))
    assert summary_of(slide).differential.wbc == 10.0
    fill_sheet(slide, anna, wbc=10.0, wbc_with_nrbc=True)
    assert summary_of(slide).differential.wbc == pytest.approx(7.5)  # 10 x 100 / (100 + 33.3)


def test_a_digest_tells_that_a_report_was_touched(slide, six, anna):
    report = sign(slide, anna)
    assert is_intact(report)
    report.content["differential"]["rows"][1]["n"] += 1
    assert not is_intact(report)
    report.refresh_from_db()
    report.cells[0][2] = "basophil"
    assert not is_intact(report)


@pytest.mark.parametrize("table", [Report, Signature])
def test_the_database_keeps_what_was_signed(slide, six, anna, table):
    sign(slide, anna)
    with pytest.raises(IntegrityError), transaction.atomic():
        table.objects.all().update(digest="0" * 64)
    with pytest.raises(IntegrityError), transaction.atomic():
        table.objects.all()._raw_delete("default")


def test_the_parts_about_the_specimen_are_not_forgotten_without_an_erasure(slide, six, anna):
    sign(slide, anna)
    with pytest.raises(IntegrityError), transaction.atomic():
        Report.objects.update(slide=None, about=None, cells=None)


# Several people, several clicks


def test_a_double_click_signs_once(slide, six, anna):
    key = {"idempotency_key": "click-1"}
    shown = summary_of(slide).shown
    first = services.sign(actor=anna, slide=slide, basis=shown, **key)
    second = services.sign(actor=anna, slide=slide, basis=shown, **key)
    assert first == second
    assert (Report.objects.count(), Signature.objects.count()) == (1, 1)


def test_a_page_that_is_out_of_date_is_refused_with_what_changed(slide, six, anna, ben):
    shown = summary_of(slide).shown
    label(actor=ben, cell=six[2], to_class="monocyte", expected_version=1, seen_suggestion=True)
    with pytest.raises(Conflict) as refused:
        services.sign(actor=anna, slide=slide, basis=shown, since=LabelEvent.objects.order_by("pk")[1].pk)
    assert refused.value.detail["changed"] == [
        f"{ben.display_name}: labelled, a cell on field 1, no label \N{RIGHTWARDS ARROW} monocyte"
    ]
    assert not Report.objects.exists()


def test_another_count_of_leukocytes_makes_the_page_old_too(slide, six, anna):
    shown = summary_of(slide).shown
    fill_sheet(slide, anna, wbc=5.0)
    with pytest.raises(Conflict) as refused:
        services.sign(actor=anna, slide=slide, basis=shown, since=10**9)
    assert refused.value.detail["changed"][0].startswith("Not a cell, but what the count rests on")


def test_a_cell_that_changes_between_reading_and_writing_stops_the_signature(
    slide, six, anna, ben, monkeypatch
):
    """Somebody labels in the moment in which the signature is written: nothing of it may stay."""
    shown = summary_of(slide).shown
    accept = services._accept

    def late(*given: object) -> int:
        label(actor=ben, cell=six[0], to_class="monocyte", expected_version=2, seen_suggestion=True)
        return accept(*given)

    monkeypatch.setattr(services, "_accept", late)
    with pytest.raises(Conflict):
        services.sign(actor=anna, slide=slide, basis=shown)
    assert not Report.objects.exists()
    assert not LabelEvent.objects.filter(kind=EventKind.ACCEPTED).exists()


def test_of_two_who_sign_at_once_one_is_told(slide, six, anna, ben, monkeypatch):
    for cell in six[2:]:
        label(actor=anna, cell=cell, to_class=cell.suggested_class, expected_version=1, seen_suggestion=True)
    shown = summary_of(slide).shown
    real, times = services.summary_of, []

    def together(found: Slide):
        summary = real(found)
        if not times:
            times.append(1)
            services.sign(actor=ben, slide=found, basis=shown)
        return summary

    monkeypatch.setattr(services, "summary_of", together)
    with pytest.raises(Conflict):
        services.sign(actor=anna, slide=slide, basis=shown)
    (report,) = Report.objects.all()
    assert [signature.signer for signature in report.signatures.all()] == [ben]


def test_a_sheet_that_somebody_else_filled_is_not_overwritten(slide, six, anna, ben):
    from apps.core.editing import version_of
    from apps.review.signing.frozen import sheet_values

    seen = version_of(sheet_values(Worksheet.objects.get(slide=slide)))
    fill_sheet(slide, ben, wbc=5.0)
    with pytest.raises(Conflict) as refused:
        services.save_sheet(
            actor=anna,
            slide=slide,
            wbc=6.0,
            wbc_with_nrbc=False,
            quality="good",
            remark="",
            all_counted=False,
            version=seen,
        )
    assert refused.value.detail["current"]["wbc"] == "5.0"


@pytest.mark.parametrize("wbc", [0.0, -1.0, 2001.0, float("nan"), float("inf")])
def test_a_leukocyte_count_that_no_blood_has_is_refused(slide, anna, wbc):
    with pytest.raises(InvalidInput):
        fill_sheet(slide, anna, wbc=wbc)


# After the signature


def test_a_label_after_signing_is_taken_and_the_report_stays(slide, six, anna, ben):
    report = sign(slide, anna)
    assert signed_state(slide).word == "signed"
    label(actor=ben, cell=six[3], to_class="monocyte", expected_version=2, seen_suggestion=True)
    state = signed_state(slide)
    assert (state.word, state.text, state.report) == ("changed", "Signed; changed since", report)


def test_a_new_cell_makes_the_slide_changed_too(slide, six, anna):
    sign(slide, anna)
    make_cells(make_field(slide), finding("monocyte"))
    assert signed_state(slide).word == "changed"


def test_an_amendment_needs_a_reason_and_keeps_both(slide, six, anna, ben):
    first = sign(slide, anna)
    with pytest.raises(InvalidInput, match="why the signed report is amended"):
        sign(slide, ben)
    with pytest.raises(InvalidInput, match="Nothing has changed"):
        sign(slide, ben, reason="Because")
    label(actor=ben, cell=six[3], to_class="monocyte", expected_version=2, seen_suggestion=True)
    second = sign(slide, ben, reason="A monocyte was missed")
    assert (second.number, second.supersedes, second.about["reason"]) == (2, first, "A monocyte was missed")
    first.refresh_from_db()
    assert is_intact(first)
    before, after = (
        {row["class"]: row["n"] for row in report.content["differential"]["rows"]}
        for report in (first, second)
    )
    assert (before["monocyte"], after["monocyte"]) == (0, 1)
    assert signed_state(slide).word == "signed"
    # What was accepted before and did not change is not accepted again.
    assert LabelEvent.objects.filter(kind=EventKind.ACCEPTED).count() == 4
    assert second.content["accepted"] == 3


def test_a_cell_s_life_names_the_report_that_signed_it(slide, six, anna):
    report = sign(slide, anna)
    (chapter,) = signed_chapters(cell=six[1])
    assert signed_chapters in biography_items
    assert chapter.text == f"Signed as eosinophil in report {report.short_id}"
    assert chapter.who == anna.display_name


def test_a_later_analysis_that_suggests_otherwise_leaves_the_report(slide, six, anna):
    report = sign(slide, anna)
    field = six[5].field
    make_cells(field, finding("neutrophil", at=0), finding("neutrophil", at=1), finding("monocyte", at=2))
    assert signed_state(slide).word == "changed"
    report.refresh_from_db()
    assert {row[0]: row[2] for row in report.cells}[str(six[5].public_id)] == "lymphocyte"


# Two people


@pytest.fixture
def two(slide, anna) -> list[Cell]:
    return ready(slide, anna, two_signers=True)


def second(report: Report, actor, **given: object) -> Report:
    return services.countersign(actor=actor, report=report, **{"digest": report.digest, **given})


def test_two_people_sign_the_same_count(slide, two, anna, ben):
    report = sign(slide, anna)
    assert signed_state(slide).word == "half"
    with pytest.raises(Conflict, match="another person"):
        second(report, anna)
    with pytest.raises(InvalidInput):
        second(report, ben, digest="0" * 64)
    second(report, ben)
    state = signed_state(slide)
    assert (state.word, state.names) == ("signed", [anna.display_name, ben.display_name])
    assert {signature.digest for signature in report.signatures.all()} == {report.digest}
    second(report, ben)  # the second click
    with pytest.raises(Conflict, match="all its signatures"):
        second(report, member(slide.project, Role.MANAGER))


def test_a_change_between_the_two_signatures_begins_anew(slide, two, anna, ben):
    first = sign(slide, anna)
    label(actor=ben, cell=two[3], to_class="monocyte", expected_version=2, seen_suggestion=True)
    with pytest.raises(Conflict, match="signed anew by both"):
        second(first, ben)
    assert Signature.objects.count() == 1
    assert signed_state(slide).word == "half-changed"
    again = sign(slide, ben)  # no reason: nothing was signed yet
    assert (again.number, again.supersedes) == (2, first)
    with pytest.raises(Conflict, match="later report"):
        second(first, ben)
    second(again, anna)
    assert signed_state(slide).word == "signed"


def test_seen_by_somebody_is_enough_for_another_to_sign(slide, anna, ben):
    field = make_field(slide)
    cells = make_cells(field, *(finding("neutrophil", at=at) for at in range(3)))
    SigningRules.objects.create(project=slide.project, cells_needed=3)
    fill_sheet(slide, anna)
    assert "seen" in open_checks(slide)
    mark_seen(actor=anna, slide=slide, cell_ids=[cell.public_id for cell in cells])
    assert sign(slide, ben).number == 1
