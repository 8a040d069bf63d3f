import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.accounts.models import Role
from apps.cells import selectors, services
from apps.cells.models import Cell
from apps.core.registries import biography_items
from apps.registry.selectors import classes_for
from tests.cells.factories import finding, make_cell, make_cells, make_field, make_slide
from tests.factories import member


@given(st.lists(st.integers(0, 5000), min_size=1, max_size=9))
def test_percentages_sum_to_one_hundred_and_stay_close(counted):
    percents = selectors.largest_remainder(counted)
    total = sum(counted)
    assert round(sum(percents), 6) == (100 if total else 0)
    assert all(abs(p - 100 * n / total) < 0.1 for p, n in zip(percents, counted, strict=True) if total)


def test_thirds():
    assert selectors.largest_remainder([1, 1, 1]) == [33.4, 33.3, 33.3]


def counted(slide):
    rows = selectors.counts(
        cells=Cell.objects.standing().filter(field__slide=slide), classes=classes_for(slide.project)
    )
    return {row.name: row for row in rows}


@pytest.mark.django_db
def test_who_is_in_the_hundred_per_cent(django_assert_num_queries):
    field = make_field(make_slide())
    tops = ["neutrophil"] * 6 + ["lymphocyte"] * 2 + ["erythroblast"] * 2 + ["platelet"]
    cells = make_cells(field, *(finding(top, at=at) for at, top in enumerate(tops)))
    make_cells(make_field(make_slide(field.project)), finding("basophil"))
    reviewer = member(field.project, Role.REVIEWER)
    for cell, to in ((cells[0], "other-leukocyte"), (cells[1], "not-classed"), (cells[2], "not-a-cell")):
        services.label(actor=reviewer, cell=cell, to_class=to, expected_version=1, seen_suggestion=True)
    classes = classes_for(field.project)
    with django_assert_num_queries(1):
        table = selectors.counts(cells=Cell.objects.standing().filter(field=field), classes=classes)
    assert [row.name for row in table] == ["?"] + [c.name for c in classes]
    rows = {row.name: row for row in table}
    # 3 neutrophils, 2 lymphocytes and 1 other leukocyte are the hundred per cent.
    assert (rows["neutrophil"].n, rows["neutrophil"].percent) == (3, 50.0)
    assert (rows["lymphocyte"].n, rows["lymphocyte"].percent) == (2, 33.3)
    assert (rows["other-leukocyte"].n, rows["other-leukocyte"].percent) == (1, 16.7)
    assert (rows["erythroblast"].n, rows["erythroblast"].percent, rows["erythroblast"].per_100) == (
        2,
        None,
        33.3,
    )
    assert [(rows[n].n, rows[n].percent) for n in ("platelet", "not-classed", "not-a-cell")] == [
        (1, None)
    ] * 3


@pytest.mark.django_db
def test_a_suggestion_is_never_counted_as_a_human_label():
    field = make_field(make_slide())
    cells = make_cells(field, *(finding("neutrophil", at=at) for at in range(3)))
    services.label(
        actor=member(field.project, Role.REVIEWER),
        cell=cells[0],
        to_class="neutrophil",
        expected_version=1,
        seen_suggestion=True,
    )
    row = counted(field.slide)["neutrophil"]
    assert (row.n, row.labelled, row.suggested) == (3, 1, 2)


@pytest.mark.django_db
def test_unidentified_cells_stand_apart_until_a_person_speaks():
    field = make_field(make_slide())
    cells = make_cells(field, finding("neutrophil"), finding("basophil", at=1, p=0.3, unidentified=True))
    rows = counted(field.slide)
    assert (rows["?"].n, rows["?"].percent, rows["basophil"].n) == (1, None, 0)
    assert rows["neutrophil"].percent == 100.0
    services.label(
        actor=member(field.project, Role.REVIEWER),
        cell=cells[1],
        to_class="basophil",
        expected_version=1,
        seen_suggestion=True,
    )
    rows = counted(field.slide)
    assert (rows["?"].n, rows["basophil"].labelled, rows["basophil"].percent) == (0, 1, 50.0)


@pytest.mark.django_db
def test_a_slide_without_cells_has_no_percentages():
    rows = counted(make_slide())
    assert {row.n for row in rows.values()} == {0}
    assert {row.percent for row in rows.values()} == {None}


@pytest.mark.django_db
def test_a_label_of_an_older_list_is_shown_outside_the_percentages():
    cell = make_cell()
    Cell.objects.filter(pk=cell.pk).update(current_class="blast", review_state="labelled", version=2)
    rows = counted(cell.field.slide)
    assert (rows["blast"].n, rows["blast"].labelled, rows["blast"].percent) == (1, 1, None)


@pytest.mark.django_db
def test_a_biography_tells_everything_in_order(monkeypatch):
    cell = make_cell(top="neutrophil")
    anna = member(cell.project, Role.REVIEWER)
    services.mark_seen(actor=anna, slide=cell.field.slide, cell_ids=[cell.public_id])
    services.label(actor=anna, cell=cell, to_class="monocyte", expected_version=1, seen_suggestion=True)
    services.undo(actor=anna, cell=cell, expected_version=2)

    def signed(*, cell):
        return [selectors.Chapter(at=cell.events.last().created_at, kind="signed", text="Signed")]

    monkeypatch.setitem(biography_items._hooks, "signed", signed)
    chapters = selectors.biography(Cell.objects.get(pk=cell.pk), anna)
    assert [c.kind for c in chapters] == ["found", "suggested", "seen", "label", "undo", "signed"]
    assert chapters[3].who == anna.display_name
    assert chapters[3].detail["to"] == "monocyte"
    assert chapters[1].detail["class"] == "neutrophil"


@pytest.mark.django_db
def test_seeing_is_recorded_once_and_for_each_person():
    field = make_field(make_slide())
    cells = make_cells(field, *(finding(at=at) for at in range(3)))
    stranger = make_cell(field.project)
    anna, ben = member(field.project, Role.REVIEWER), member(field.project, Role.REVIEWER)
    ids = [c.public_id for c in (*cells[:2], stranger)]
    assert services.mark_seen(actor=anna, slide=field.slide, cell_ids=ids) == 2
    assert services.mark_seen(actor=anna, slide=field.slide, cell_ids=ids) == 0
    assert services.mark_seen(actor=ben, slide=field.slide, cell_ids=[ids[0]]) == 1
    assert list(
        Cell.objects.filter(pk__in=[c.pk for c in (*cells, stranger)])
        .order_by("pk")
        .values_list("review_state", flat=True)
    ) == [
        "seen",
        "seen",
        "suggested",
        "suggested",
    ]


@pytest.mark.django_db
def test_seeing_a_labelled_cell_leaves_it_labelled():
    cell = make_cell()
    anna = member(cell.project, Role.REVIEWER)
    services.label(actor=anna, cell=cell, to_class="monocyte", expected_version=1, seen_suggestion=True)
    services.mark_seen(actor=anna, slide=cell.field.slide, cell_ids=[cell.public_id])
    cell.refresh_from_db()
    assert (cell.review_state, cell.version) == ("labelled", 2)
