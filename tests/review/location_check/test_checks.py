"""Cell-location checks: random fields, what was missed or invented, counts that stand, a chart."""

from __future__ import annotations

import csv
import io

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from apps.accounts.models import Project, Role, User
from apps.cells.models import Cell
from apps.core.errors import Conflict, InvalidInput, NotPermitted
from apps.inference.models import FieldAnalysis
from apps.review.location_check import purging, selectors, services
from apps.review.location_check.chart import charts
from apps.review.location_check.selectors import groups, reads_of, tally_of
from apps.review.models import LocationCheck, LocationCheckField, LocationCheckResult
from apps.slides.models import DeviceProfile, Field
from tests.cells.factories import finding, make_cells, make_field, make_slide
from tests.factories import ProjectFactory, member

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    return ProjectFactory()


@pytest.fixture
def anna(project: Project) -> User:
    return member(project, Role.REVIEWER)


def analysed(project: Project, cells: int, *, stain: str = "", **values: object) -> Field:
    """Return a field on which the locator found so many cells."""
    slide = make_slide(project, **values)
    slide.specimen.stain = stain
    slide.specimen.save()
    field = make_field(slide)
    found = make_cells(field, *(finding(at=at) for at in range(cells))) if cells else []
    one = found[0] if found else make_cells(make_field(make_slide()), finding())[0]
    FieldAnalysis.objects.create(
        field=field,
        locator_version=one.locator_version,
        classifier_version=one.classifier_version,
        cells_found=cells,
    )
    return field


@pytest.fixture
def check(project: Project, anna: User) -> LocationCheck:
    """Three fields of ten boxes each."""
    for _ in range(3):
        analysed(project, 10, stain="Wright")
    return services.start(actor=anna, project=project, stain="Wright", device=None)


def closed(project: Project, anna: User, *, found: int, missed: int, wanted: int = 200) -> LocationCheck:
    return LocationCheck.objects.create(
        project=project,
        stain="Wright",
        wanted=wanted,
        started_by=anna,
        closed_by=anna,
        closed_at=timezone.now(),
        fields_read=20,
        found=found,
        missed=missed,
        false_boxes=1,
    )


def test_only_analysed_fields_of_one_stain_and_device_are_drawn(project: Project, anna: User) -> None:
    camera = DeviceProfile.objects.create(project=project, name="Camera")
    wanted = {analysed(project, 4, stain="Wright", device=camera).pk for _ in range(3)}
    analysed(project, 4, stain="Giemsa", device=camera)
    analysed(project, 4, stain="Wright")
    analysed(project, 4, stain="Wright", device=camera, simulated=True)
    make_field(make_slide(project, device=camera))
    group = groups(user=anna, project=project)[0]
    assert (group.stain, group.device_name, group.fields, group.cells) == (
        "Wright",
        "Camera",
        3,
        12,
    )
    check = services.start(actor=anna, project=project, stain="Wright", device=camera.public_id)
    assert set(check.places.values_list("field", flat=True)) == wanted
    assert (check.stain, check.device_name) == ("Wright", "Camera")
    with pytest.raises(InvalidInput, match="no analysed field"):
        services.start(actor=anna, project=project, stain="None", device=None)
    assert LocationCheck.objects.count() == 1


def test_drawing_ends_when_the_fields_hold_enough_boxes(project: Project, anna: User, monkeypatch) -> None:
    monkeypatch.setattr(services, "CELLS_WANTED", 25)
    for _ in range(6):
        analysed(project, 10)
    check = services.start(actor=anna, project=project, stain="", device=None)
    assert check.places.count() == 3
    assert services.draw_more(actor=anna, check=check) == 3  # nobody has read anything: 25 are still needed
    with pytest.raises(InvalidInput, match="already"):
        services.draw_more(actor=anna, check=check)


def test_boxes_that_people_drew_or_removed_do_not_change_what_the_locator_found(
    project: Project, anna: User
) -> None:
    field = analysed(project, 3)
    first = Cell.objects.filter(field=field).order_by("pk")[0]
    Cell.objects.create(project=project, field=field, x0=300, y0=300, x1=330, y1=330, score=1, origin="field")
    Cell.objects.filter(pk=first.pk).update(retired_at=timezone.now())
    check = services.start(actor=anna, project=project, stain="", device=None)
    assert len(check.places.get().boxes) == 2


def test_the_tally_counts_found_missed_and_invented_cells(check: LocationCheck, anna: User) -> None:
    first, second, _ = check.places.all()
    services.say(actor=anna, place=first, missed=[[5, 6.04], [7, 8]], false_boxes=[9])
    services.say(actor=anna, place=second, missed=[], false_boxes=[])
    tally = tally_of(check, reads_of(check))
    assert (tally.read, tally.found, tally.missed, tally.false_boxes) == (2, 19, 2, 1)
    assert (tally.cells, tally.needed, tally.too_low) == (21, 179, True)
    assert tally.share == pytest.approx(19 / 21)
    low, high = tally.interval
    # R: binom.test(19, 21)$conf.int
    assert (low, high) == (pytest.approx(0.69621, abs=1e-4), pytest.approx(0.98825, abs=1e-4))


def test_said_again_the_newer_word_counts_and_the_older_stays(check: LocationCheck, anna: User) -> None:
    place = check.places.first()
    services.say(actor=anna, place=place, missed=[[5, 6]], false_boxes=[])
    services.say(actor=anna, place=place, missed=[], false_boxes=[0])
    tally = tally_of(check, reads_of(check))
    assert (tally.missed, tally.false_boxes) == (0, 1)
    assert LocationCheckResult.objects.count() == 2


@pytest.mark.parametrize(
    ("missed", "false_boxes"),
    [([[-1, 5]], []), ([[5, 481]], []), ([[float("nan"), 5]], []), ([], [10]), ([], [-1])],
)
def test_marks_off_the_field_are_refused(
    check: LocationCheck, anna: User, missed: list[list[float]], false_boxes: list[int]
) -> None:
    with pytest.raises(InvalidInput):
        services.say(actor=anna, place=check.places.first(), missed=missed, false_boxes=false_boxes)


def test_a_closed_check_stands(check: LocationCheck, anna: User) -> None:
    place = check.places.first()
    with pytest.raises(InvalidInput, match="No white cell"):
        services.close(actor=anna, check=check)
    services.say(actor=anna, place=place, missed=[[5, 6]], false_boxes=[])
    services.close(actor=anna, check=check)
    assert (check.fields_read, check.found, check.missed, check.false_boxes) == (1, 10, 1, 0)
    for act in (
        lambda: services.say(actor=anna, place=place, missed=[], false_boxes=[]),
        lambda: services.close(actor=anna, check=check),
        lambda: services.draw_more(actor=anna, check=check),
    ):
        with pytest.raises(Conflict, match="closed"):
            act()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE review_locationcheck SET found = 11",
        "UPDATE review_locationcheckfield SET number = 9",
        "DELETE FROM review_locationcheckfield",
        "UPDATE review_locationcheckresult SET missed = '[]'",
        "DELETE FROM review_locationcheckresult",
    ],
)
def test_the_database_keeps_what_was_said(check: LocationCheck, anna: User, statement: str) -> None:
    services.say(actor=anna, place=check.places.first(), missed=[[5, 6]], false_boxes=[])
    services.close(actor=anna, check=check)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_who_only_looks_on_starts_and_says_nothing(check: LocationCheck) -> None:
    viewer = member(check.project, Role.VIEWER)
    with pytest.raises(NotPermitted):
        services.start(actor=viewer, project=check.project, stain="Wright", device=None)
    with pytest.raises(NotPermitted):
        services.say(actor=viewer, place=check.places.first(), missed=[], false_boxes=[])
    with pytest.raises(NotPermitted):
        services.close(actor=viewer, check=check)


def test_the_counts_of_a_closed_check_outlive_its_slides(check: LocationCheck, anna: User) -> None:
    from apps.core.models import Erasure, ErasureKind

    for place in check.places.all():
        services.say(actor=anna, place=place, missed=[], false_boxes=[])
    services.close(actor=anna, check=check)
    for place in list(check.places.all()):
        slide = place.field.slide
        Erasure.objects.create(kind=ErasureKind.SLIDE, row=slide.pk, target=f"slide:{slide.public_id}")
        assert purging.purge(slide=slide) == []
    assert not LocationCheckField.objects.exists()
    check.refresh_from_db()
    assert tally_of(check, reads_of(check)).found == 30


def test_the_chart_warns_and_draws_limits_from_five_checks_on(project: Project, anna: User) -> None:
    for _ in range(4):
        closed(project, anna, found=599, missed=1)
    (chart,) = charts(selectors.checks_of(user=anna, project=project))
    assert (chart.centre_y, chart.warning, len(chart.points)) == (None, False, 4)
    closed(project, anna, found=598, missed=2)
    closed(project, anna, found=580, missed=20)  # 96.7 %: above 95 %, and yet less than chance allows
    (chart,) = charts(selectors.checks_of(user=anna, project=project))
    assert chart.centre_y is not None
    assert [point.state for point in chart.points] == ["ok"] * 5 + ["out"]
    assert chart.warning
    assert "control limit" in chart.words
    closed(project, anna, found=180, missed=20)
    (chart,) = charts(selectors.checks_of(user=anna, project=project))
    assert chart.points[-1].state == "low"
    assert "below 95 %" in chart.words
    closed(project, anna, found=40, missed=10)
    (chart,) = charts(selectors.checks_of(user=anna, project=project))
    assert chart.points[-1].state == "few"
    assert "150 more cells are needed" in chart.words


def test_a_person_walks_through_a_check(sign_in, check: LocationCheck, anna: User) -> None:
    client = sign_in(anna)
    page = client.get(f"/location-checks/{check.public_id}/")
    assert b"No white cell was seen yet." in page.content
    for number in (1, 2, 3):
        address = f"/location-checks/{check.public_id}/fields/{number}/"
        assert client.get(address).status_code == 200
        answer = client.post(address, {"missed": "[[12, 14.5]]", "false_boxes": "[0]"})
        assert answer.status_code == 302
    assert answer.headers["Location"] == f"/location-checks/{check.public_id}/"
    page = client.get(answer.headers["Location"]).content.decode()
    assert "90.0 % found (27 of 30" in page
    assert "170 more cells are needed" in page
    client.post(f"/location-checks/{check.public_id}/close/")
    page = client.get(f"/projects/{check.project.public_id}/location-checks/").content.decode()
    assert "control-chart__point--few" in page


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"missed": "[[1]]", "false_boxes": "[]"},
        {"missed": "[]", "false_boxes": "[true]"},
        {"missed": "[[1e999, 2]]", "false_boxes": "[]"},
        {"missed": "{}", "false_boxes": "[]"},
        {"missed": "[[1, 2]", "false_boxes": "[]"},
        {"missed": "[]", "false_boxes": "[99]"},
    ],
)
def test_nonsense_from_the_page_is_refused(sign_in, check: LocationCheck, anna: User, values) -> None:
    answer = sign_in(anna).post(f"/location-checks/{check.public_id}/fields/1/", values)
    assert answer.status_code == 422
    assert not LocationCheckResult.objects.exists()


def test_the_file_holds_every_closed_check(sign_in, project: Project, anna: User) -> None:
    closed(project, anna, found=198, missed=2)
    closed(project, anna, found=180, missed=20)
    researcher = member(project, Role.RESEARCHER)
    answer = sign_in(researcher).get(f"/projects/{project.public_id}/location-checks.csv")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode())))
    assert [(row["found"], row["missed"], row["share_found"]) for row in rows] == [
        ("198", "2", "0.99"),
        ("180", "20", "0.9"),
    ]


def test_the_list_costs_the_same_however_many_checks(
    sign_in, project: Project, anna: User, django_assert_max_num_queries
) -> None:
    for _ in range(8):
        closed(project, anna, found=198, missed=2)
    client = sign_in(anna)
    with django_assert_max_num_queries(14):
        client.get(f"/projects/{project.public_id}/location-checks/")


def test_a_reader_of_a_check_meets_no_closed_slide(sign_in, check: LocationCheck, anna: User) -> None:
    place = check.places.get(number=1)
    place.field.slide.trashed_at = timezone.now()
    place.field.slide.save()
    assert sign_in(anna).get(f"/location-checks/{check.public_id}/fields/1/").status_code == 404
    assert sign_in(anna).get(f"/location-checks/{check.public_id}/fields/{10**30}/").status_code == 404
