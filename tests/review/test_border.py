"""Cells that the border of a field cuts are counted as the laboratory says, and the report says how many are not."""

from __future__ import annotations

import pytest

from apps.accounts.models import Role
from apps.cells.models import Cell
from apps.core.editing import version_of
from apps.core.errors import InvalidInput
from apps.review.differential.count import differential_of, rules_of
from apps.review.models import BorderRule, SigningRules
from apps.review.signing import laboratory
from apps.review.signing.checks import tally_of
from apps.review.signing.summary import summary_of
from apps.slides.models import Slide
from tests.cells.factories import finding, make_cells, make_field, make_slide
from tests.factories import member
from tests.review.signing import ready, sign

pytestmark = pytest.mark.django_db

WIDTH, HEIGHT = 640.0, 480.0
PLACES = {
    "inside": (100.0, 100.0, 150.0, 150.0),
    "nearly": (1.0, 1.0, 50.0, 50.0),
    "left": (0.0, 100.0, 40.0, 150.0),
    "top": (200.0, 0.4, 250.0, 40.0),
    "right": (600.0, 100.0, WIDTH, 150.0),
    "bottom": (300.0, 440.0, 350.0, HEIGHT - 0.5),
    "corner": (0.0, 430.0, 50.0, HEIGHT),  # left and lower: the lower border decides
}


@pytest.fixture
def slide() -> Slide:
    slide = make_slide()
    field = make_field(slide)
    cells = make_cells(field, *(finding(at=at) for at in range(len(PLACES))))
    for cell, (x0, y0, x1, y1) in zip(cells, PLACES.values(), strict=True):
        Cell.objects.filter(pk=cell.pk).update(x0=x0, y0=y0, x1=x1, y1=y1)
    return slide


@pytest.mark.parametrize(
    ("rule", "counted", "note"),
    [
        (BorderRule.ALL, 7, ""),
        (
            BorderRule.TWO_SIDES,
            4,
            "3 cells that are cut by the right or lower border of their field are not counted.",
        ),
        (BorderRule.NONE, 2, "5 cells that are cut by the border of their field are not counted."),
    ],
)
def test_the_differential_counts_by_the_rule_and_says_what_it_leaves_out(slide, rule, counted, note):
    rules = SigningRules(project=slide.project, border=rule)
    found = differential_of(slide, rules=rules)
    assert (found.leukocytes, found.note) == (counted, note)
    # Every cell is to be looked at; only those that count make a count large enough.
    tally = tally_of(slide, rules)
    assert (tally.cells, tally.leukocytes) == (7, counted)


def test_the_report_keeps_the_rule_and_another_rule_is_another_basis(slide, anna_of):
    anna = anna_of(slide)
    ready(slide, anna)
    before = summary_of(slide)
    SigningRules.objects.filter(project=slide.project).update(border=BorderRule.TWO_SIDES)
    assert summary_of(Slide.objects.get(pk=slide.pk)).basis != before.basis


def test_a_signed_report_says_how_many_are_left_out(anna_of):
    slide = make_slide()
    anna = anna_of(slide)
    cells = ready(slide, anna, border=BorderRule.NONE)
    # The first box of each of the two fields lies in the corner, the others at the upper border.
    Cell.objects.filter(pk=cells[5].pk).update(x0=200, y0=200, x1=250, y1=250)
    Cell.objects.filter(pk=cells[4].pk).update(x0=300, y0=200, x1=350, y1=250)
    Cell.objects.filter(pk=cells[3].pk).update(x0=400, y0=200, x1=450, y1=250)
    report = sign(slide, anna)
    assert report.content["rules"]["border"] == "none"
    assert report.content["differential"]["leukocytes"] == 3
    assert "3 cells that are cut" in report.content["differential"]["note"]
    assert len(report.cells) == 6


def test_managers_choose_it_and_nothing_else_is_taken(slide):
    manager = member(slide.project, Role.MANAGER)
    given = {"laboratory": None, "new_laboratory": "", "cells_needed": 100, "two_signers": False}

    def save(border: str) -> SigningRules:
        seen = version_of(laboratory.rules_values(rules_of(slide.project)))
        return laboratory.save_rules(
            actor=manager,
            project=slide.project,
            fields_complete=False,
            border=border,
            version=seen,
            **given,
        )

    assert save("two-sides").border == BorderRule.TWO_SIDES
    with pytest.raises(InvalidInput):
        save("three-sides")
    assert rules_of(slide.project).border == BorderRule.TWO_SIDES


@pytest.fixture
def anna_of():
    return lambda slide: member(slide.project, Role.REVIEWER)
