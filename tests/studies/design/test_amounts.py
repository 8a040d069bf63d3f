"""What stands beside a design: sums, shortages, what so many images can show."""

from __future__ import annotations

import pytest

from apps.accounts.models import Role
from apps.studies import presets
from apps.studies.design import amounts
from tests.factories import ProjectFactory, member
from tests.studies.design.kit import add_cells

JUNG = presets.preset("jung-2022")


def test_sums_are_what_a_reader_meets() -> None:
    plan = presets.preset("realism").replace(controls=3, control_source="cells")
    sums = dict(amounts.sums(plan))
    assert sums["Images that count"] == "100"
    assert sums["Real"] == "50 real"
    assert sums["Beside them"] == "10 hidden repeats, 3 controls, 10 practice images"
    assert sums["Time for a reader"] == "about 30 minutes"
    apart = dict(amounts.sums(plan.replace(sittings=2, sitting_gap_days=1)))
    assert apart["Second sitting"] == "about 25 minutes, 1 day later"


def test_one_reader_of_the_published_study_sees_only_a_large_fall() -> None:
    found = amounts.power_of(JUNG)
    assert found is not None
    (table,) = found.tables
    assert table.header == ("", "One class", "One reader")
    rows = {row[0]: row[1:] for row in table.rows}
    assert rows["Real, synthetic"] == ("10, 10", "50, 50")
    assert rows["Fall found from 95 %"][1] == "to 74 %"
    assert any("74 %" in line for line in found.sentences)
    assert any("Without a margin" in line for line in found.sentences)


def test_fifty_and_fifty_images_show_guessing_with_49_to_51_only() -> None:
    found = amounts.power_of(presets.preset("realism"))
    assert found is not None
    told = found.tables[0]
    assert told.title == "Telling real from synthetic"
    assert told.header == ("", "One class", "One reader", "5 readers")
    one = [row[2] for row in told.rows]
    assert one == ["100", "≤ 39 or ≥ 61", "from 65 %", "40 % to 60 %", "49 to 51"]
    assert told.rows[-1][:2] == ("Guessing shown at", "never")


def test_one_origin_has_intervals_and_no_comparison() -> None:
    found = amounts.power_of(presets.preset("proficiency"))
    assert found is not None
    assert [table.title for table in found.tables] == ["Share classed rightly"]
    assert found.tables[0].rows == (
        ("Images", "20", "100"),
        ("Interval at 95 %", "76 % to 99 %", "89 % to 98 %"),
    )


def test_without_images_there_is_nothing_to_show() -> None:
    assert amounts.power_of(JUNG.replace(arms=())) is None


@pytest.mark.django_db
def test_a_class_that_is_short_is_named() -> None:
    project = ProjectFactory()
    maker = member(project, Role.RESEARCHER)
    add_cells(project, maker, each=10)
    add_cells(project, maker, each=7, synthetic=True)
    found = amounts.check(project, JUNG)
    assert len(found.problems) == 5
    assert any("10 of class basophil" in line and "7" in line for line in found.problems)
    add_cells(project, maker, each=3, synthetic=True)
    assert amounts.check(project, JUNG).problems == []
