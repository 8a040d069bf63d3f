"""Which reference range holds for a specimen, and what is said when the count does not fit it."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from apps.accounts.models import AuditEvent, Project, Role
from apps.core.editing import version_of
from apps.core.errors import Conflict, InvalidInput, NotFound, NotPermitted
from apps.review.differential.ranges import Verdict, ages_in, chosen, judge, not_applied
from apps.review.models import Laboratory, ReferenceRange, SigningRules
from apps.review.signing import laboratory as services
from apps.review.signing.laboratory import RangeValues
from apps.review.signing.range_files import read_ranges, write_ranges
from apps.slides.models import Specimen
from tests.factories import ProjectFactory, SiteAdminFactory, member

pytestmark = pytest.mark.django_db

DAY = date(2026, 1, 1)


@pytest.fixture
def project() -> Project:
    return ProjectFactory()


@pytest.fixture
def manager(project):
    return member(project, Role.MANAGER)


@pytest.fixture
def lab(project) -> Laboratory:
    lab = Laboratory.objects.create(name="Haematology")
    SigningRules.objects.create(project=project, laboratory=lab)
    return lab


def values(**given: object) -> RangeValues:
    return RangeValues(
        **{
            "cell_class": "neutrophil",
            "unit": "percent",
            "low": 40.0,
            "high": 70.0,
            "source": "Own donors, 2025",
            "valid_from": DAY,
            **given,
        }
    )


@pytest.mark.parametrize(
    ("band", "ages"),
    [
        ("40-49", (40, 50)),
        ("40\N{EN DASH}49 years", (40, 50)),
        ("0 to 1", (0, 2)),
        ("65+", (65, 150)),
        ("\u226565", (65, 150)),
        ("7", (7, 8)),
        ("adult", None),
        ("", None),
        ("49-40", None),
        ("999-1000", None),
    ],
)
def test_age_bands_as_people_write_them(band, ages):
    found = ages_in(band)
    assert (None if found is None else (found.low, found.high)) == ages


def test_the_range_that_fits_the_specimen_best_holds(project, manager, lab):
    services.add_ranges(
        actor=manager,
        project=project,
        ranges=[
            values(low=1),
            values(low=2, sex="female"),
            values(low=3, age_low=18, age_high=150),
            values(low=4, age_low=18, age_high=150, sex="female"),
            values(low=5, age_low=18, age_high=150, sex="female", valid_from=date(2026, 6, 1)),
        ],
    )
    ranges = list(lab.ranges.all())

    def low_for(**given: str) -> float | None:
        specimen = Specimen(project=project, pseudonym="P", **given)
        held = chosen(ranges, cell_class="neutrophil", unit="percent", specimen=specimen)
        return held.low if held else None

    assert low_for() == 1
    assert low_for(sex="male") == 1
    assert low_for(sex="female") == 2
    assert low_for(age_band="30-39") == 3
    assert low_for(age_band="10-19") == 1  # partly outside the band: only what holds for everybody
    assert low_for(age_band="30-39", sex="female") == 5
    assert chosen(ranges, cell_class="monocyte", unit="percent", specimen=Specimen()) is None
    assert not_applied(ranges, Specimen()).startswith("Ranges for a certain sex or age band are not applied")
    assert not_applied(ranges, Specimen(sex="male", age_band="30-39")) == ""


@pytest.mark.parametrize(
    ("low", "high", "verdict", "text"),
    [
        (3.1, 7.6, Verdict.ABOVE, "above the reference range, 3.1\N{EN DASH}7.6 %"),
        (0.1, 0.4, Verdict.BELOW, "below the reference range, 0.1\N{EN DASH}0.4 %"),
        (0.6, 1.9, Verdict.INSIDE, ""),
        (1.0, 4.0, Verdict.OPEN, "may lie outside the reference range, 1.0\N{EN DASH}4.0 %"),
        (0.2, None, Verdict.OPEN, "may lie outside the reference range, 0.2\N{EN DASH}no upper end %"),
    ],
)
def test_flags_carry_the_interval(low, high, verdict, text):
    held = ReferenceRange(cell_class="eosinophil", unit="percent", low=0.5, high=2.0)
    found = judge(unit="percent", value=1.0, low=low, high=high, held=held)
    assert (found.verdict, found.text) == (verdict, text)


def test_a_range_is_never_changed_but_replaced(project, manager, lab):
    (old,) = services.add_ranges(actor=manager, project=project, ranges=[values()])
    new = services.change_range(
        actor=manager, project=project, public_id=old.public_id, values=values(high=75.0)
    )
    old.refresh_from_db()
    assert (old.high, old.ended_by, new.high, new.ended_at) == (70.0, manager, 75.0, None)
    with pytest.raises(Conflict):
        services.change_range(
            actor=manager, project=project, public_id=old.public_id, values=values(high=80.0)
        )
    assert [r.high for r in lab.ranges.filter(ended_at=None)] == [75.0]
    services.end_range(actor=manager, project=project, public_id=new.public_id)
    assert not lab.ranges.filter(ended_at=None).exists()
    assert [event.detail for event in AuditEvent.objects.filter(verb="ranges-changed").order_by("pk")] == [
        {"added": 1, "ended": 0},
        {"added": 1, "ended": 1},
        {"added": 0, "ended": 1},
    ]


@pytest.mark.parametrize("column", ["low", "high", "source", "cell_class", "valid_from"])
def test_the_database_refuses_to_change_or_delete_a_range(project, manager, lab, column):
    (made,) = services.add_ranges(actor=manager, project=project, ranges=[values()])
    other = {
        "low": 1.0,
        "high": 99.0,
        "source": "x",
        "cell_class": "monocyte",
        "valid_from": date(2020, 1, 1),
    }
    with pytest.raises(IntegrityError), transaction.atomic():
        ReferenceRange.objects.filter(pk=made.pk).update(**{column: other[column]})
    with pytest.raises(IntegrityError), transaction.atomic():
        ReferenceRange.objects.filter(pk=made.pk).delete()


def test_an_ended_range_stays_ended(project, manager, lab):
    (made,) = services.add_ranges(actor=manager, project=project, ranges=[values()])
    services.end_range(actor=manager, project=project, public_id=made.public_id)
    with pytest.raises(IntegrityError), transaction.atomic():
        ReferenceRange.objects.filter(pk=made.pk).update(ended_at=None, ended_by=None)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"cell_class": "platelet"}, "class"),
        ({"cell_class": "nonsense"}, "class"),
        ({"unit": "per-100"}, "unit"),
        ({"cell_class": "erythroblast"}, "unit"),
        ({"low": 70.0, "high": 40.0}, "limits"),
        ({"high": 101.0}, "limits"),
        ({"low": float("nan")}, "numbers"),
        ({"age_low": 60.0, "age_high": 18.0}, "ages"),
        ({"sex": "other"}, "sex"),
        ({"source": "  "}, "source"),
    ],
)
def test_what_makes_no_sense_is_refused(project, manager, lab, given, code):
    with pytest.raises(InvalidInput) as refused:
        services.add_ranges(actor=manager, project=project, ranges=[values(**given)])
    assert refused.value.code == code
    assert not lab.ranges.exists()


def test_two_ranges_for_one_age_are_refused(project, manager, lab):
    services.add_ranges(actor=manager, project=project, ranges=[values(age_low=18, age_high=65)])
    with pytest.raises(InvalidInput, match="holds from the same day already"):
        services.add_ranges(actor=manager, project=project, ranges=[values(age_low=60, age_high=90)])
    services.add_ranges(actor=manager, project=project, ranges=[values(age_low=65, age_high=90)])


def test_ranges_need_a_laboratory_and_none_is_shipped(project, manager):
    assert not ReferenceRange.objects.exists()
    with pytest.raises(InvalidInput, match="Name the laboratory"):
        services.add_ranges(actor=manager, project=project, ranges=[values()])


def test_who_may_change_them(project, lab):
    for role in (Role.VIEWER, Role.REVIEWER, Role.RESEARCHER):
        with pytest.raises(NotPermitted):
            services.add_ranges(actor=member(project, role), project=project, ranges=[values()])
    with pytest.raises(NotFound):
        services.add_ranges(actor=member(ProjectFactory(), Role.MANAGER), project=project, ranges=[values()])
    services.add_ranges(actor=SiteAdminFactory(), project=project, ranges=[values()])


def rules(**given: object) -> dict[str, object]:
    return {
        "laboratory": None,
        "new_laboratory": "",
        "cells_needed": 100,
        "two_signers": False,
        "fields_complete": False,
        "border": "all",
        **given,
    }


def test_a_laboratory_is_taken_from_one_s_own_projects_only(project, manager, lab):
    stranger_s = Laboratory.objects.create(name="Elsewhere")
    seen = version_of(services.rules_values(SigningRules.objects.get(project=project)))
    with pytest.raises(InvalidInput, match="a project that you manage"):
        services.save_rules(
            actor=manager, project=project, version=seen, **rules(laboratory=stranger_s.public_id)
        )
    second = ProjectFactory()
    own = member(second, Role.MANAGER)
    assert services.laboratories_for(user=own, project=second) == []
    saved = services.save_rules(
        actor=own,
        project=second,
        version=version_of(services.rules_values(SigningRules(project=second))),
        **rules(new_laboratory=" Second  floor "),
    )
    assert saved.laboratory.name == "Second floor"


def test_rules_that_changed_meanwhile_are_not_overwritten(project, manager, lab):
    seen = version_of(services.rules_values(SigningRules.objects.get(project=project)))
    given = rules(laboratory=lab.public_id)
    services.save_rules(actor=manager, project=project, version=seen, **{**given, "cells_needed": 200})
    with pytest.raises(Conflict) as refused:
        services.save_rules(actor=manager, project=project, version=seen, **{**given, "cells_needed": 300})
    assert refused.value.detail["current"]["cells_needed"] == "200"
    assert SigningRules.objects.get(project=project).cells_needed == 200


FILE = (
    "class,unit,sex,age_low,age_high,low,high,source,valid_from\r\n"
    "neutrophil,percent,,,,40,70,Own donors,2026-01-01\r\n"
    'eosinophil,10^9/L,female,18,65,0.04,0.4,"Book, p. 3",2026-01-01\r\n'
    "erythroblast,per-100,,,,0,0.5,Own donors,2026-01-01\r\n"
)


def test_a_file_goes_in_and_comes_out_the_same(project, manager, lab):
    services.add_ranges(actor=manager, project=project, ranges=read_ranges(FILE.encode()))
    written = write_ranges(lab.ranges.filter(ended_at=None).order_by("pk"))
    assert sorted(read_ranges(written.encode()), key=str) == sorted(read_ranges(FILE.encode()), key=str)
    # A spreadsheet's: with its mark, and semicolons.
    assert read_ranges(
        b"\xef\xbb\xbf" + FILE.replace(",", ";").replace("Book; p", "Book, p").encode()
    ) == read_ranges(FILE.encode())


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "lacks"),
        (b"class,unit\r\nx,y\r\n", "lacks: age_high"),
        (FILE.split("\r\n", 1)[0].encode() + b"\r\n", "From 1 to"),
        (FILE.replace("percent", "parts").encode(), "line 2: unit .parts. is none of"),
        (
            FILE.replace("2026-01-01\r\nero", "x").replace("2026-01-01", "1.1.26").encode(),
            "line 2: valid_from",
        ),
        (FILE.replace(",40,", ",forty,").encode(), "line 2: low .forty. is no number"),
        ("class,ä".encode("latin-1"), "not in UTF-8"),
        (b"a\x00b", "no table"),
        (b"x" * 200_001, "too large"),
    ],
)
def test_a_file_that_makes_no_sense_says_where(content, words):
    with pytest.raises(InvalidInput, match=words):
        read_ranges(content)


def test_one_wrong_line_loads_nothing(project, manager, lab):
    broken = FILE.replace("erythroblast,per-100", "erythroblast,percent")
    with pytest.raises(InvalidInput):
        services.add_ranges(actor=manager, project=project, ranges=read_ranges(broken.encode()))
    assert not lab.ranges.exists()
