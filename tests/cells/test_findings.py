import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.accounts.models import Role
from apps.cells import services
from apps.cells.findings import iou, match, record
from apps.cells.models import Cell, ReviewState
from apps.registry.models import Task
from tests.cells.factories import finding, make_cells, make_field, make_slide
from tests.factories import member
from tests.registry.factories import model_version


@pytest.fixture
def field(db):
    return make_field(make_slide())


@pytest.fixture
def reviewer(field):
    return member(field.project, Role.REVIEWER)


def test_findings_become_cells_with_suggestions(field):
    classifier = model_version()
    cells = make_cells(
        field,
        finding("neutrophil", at=0),
        finding("basophil", at=1, unidentified=True),
        classifier=classifier,
    )
    assert [(c.suggested_class, c.unidentified, c.current_class) for c in cells] == [
        ("neutrophil", False, ""),
        ("basophil", True, ""),
    ]
    assert cells[0].box == (0.0, 0.0, 50.0, 48.5)
    assert cells[0].suggested_probability == pytest.approx(0.9)
    suggestion = cells[1].suggestions.get()
    assert (suggestion.top_class, suggestion.model_version) == ("basophil", classifier)
    assert sum(suggestion.probabilities.values()) == pytest.approx(1)
    assert cells[0].project == field.project


def test_a_new_analysis_replaces_cells_that_nobody_touched(field):
    old = make_cells(field, finding("neutrophil"), finding("basophil", at=1))
    new = make_cells(field, finding("monocyte"))
    assert [c.suggested_class for c in new] == ["monocyte"]
    assert not set(old) & set(new)
    assert Cell.objects.filter(pk__in=[c.pk for c in old], retired_at__isnull=False).count() == 2


def test_a_new_analysis_never_touches_a_human_label(field, reviewer):
    labelled, _ = make_cells(field, finding("neutrophil"), finding("basophil", at=1))
    services.label(
        actor=reviewer, cell=labelled, to_class="eosinophil", expected_version=1, seen_suggestion=True
    )
    newer = model_version()
    cells = make_cells(field, finding("monocyte"), finding("lymphocyte", at=1), classifier=newer)
    assert [c.shown_class for c in cells] == ["eosinophil", "lymphocyte"]
    labelled.refresh_from_db()
    assert (labelled.current_class, labelled.version, labelled.review_state) == (
        "eosinophil",
        2,
        ReviewState.LABELLED,
    )
    assert (labelled.suggested_class, labelled.classifier_version) == ("monocyte", newer)
    assert [s.top_class for s in labelled.suggestions.order_by("pk")] == ["neutrophil", "monocyte"]


def test_a_labelled_cell_that_is_not_found_again_stays(field, reviewer):
    (labelled,) = make_cells(field, finding("neutrophil"))
    services.label(
        actor=reviewer, cell=labelled, to_class="basophil", expected_version=1, seen_suggestion=True
    )
    assert make_cells(field) == [labelled]


def test_a_withdrawn_label_is_still_a_human_act(field, reviewer):
    (cell,) = make_cells(field, finding("neutrophil"))
    services.label(actor=reviewer, cell=cell, to_class="basophil", expected_version=1, seen_suggestion=True)
    services.withdraw(actor=reviewer, cell=cell, expected_version=2, seen_suggestion=True)
    assert make_cells(field, finding("monocyte")) == [cell]


def test_the_same_classifier_is_not_heard_twice_about_a_touched_cell(field, reviewer):
    classifier = model_version()
    (cell,) = make_cells(field, finding("neutrophil"), classifier=classifier)
    services.label(actor=reviewer, cell=cell, to_class="basophil", expected_version=1, seen_suggestion=True)
    done = record(
        field=field,
        findings=[finding("monocyte")],
        locator_version=model_version(task=Task.LOCATE),
        classifier_version=classifier,
    )
    cell.refresh_from_db()
    assert (done.created, done.updated, cell.suggested_class) == (0, 0, "neutrophil")


def test_other_fields_are_left_alone(field):
    elsewhere = make_cells(make_field(field.slide), finding())
    make_cells(field, finding())
    make_cells(field, finding())
    assert list(Cell.objects.standing().filter(field=elsewhere[0].field)) == elsewhere


def test_overlap_of_boxes():
    assert iou((0, 0, 10, 10), (0, 0, 10, 10)) == 1
    assert iou((0, 0, 10, 10), (5, 0, 15, 10)) == pytest.approx(1 / 3)
    assert iou((0, 0, 10, 10), (10, 0, 20, 10)) == 0


coordinates = st.integers(0, 30)
boxes = st.builds(
    lambda x, y, w, h: (float(x), float(y), float(x + w), float(y + h)),
    coordinates,
    coordinates,
    st.integers(1, 20),
    st.integers(1, 20),
)


@given(st.lists(boxes, max_size=6), st.lists(boxes, max_size=6))
def test_every_box_is_matched_at_most_once_and_well(old, new):
    pairs = match(old, new)
    assert len({i for i, _ in pairs}) == len(pairs) == len({j for _, j in pairs})
    assert all(iou(old[i], new[j]) >= 0.5 for i, j in pairs)
    left = [
        (a, b)
        for i, a in enumerate(old)
        for j, b in enumerate(new)
        if i not in {p for p, _ in pairs} and j not in {q for _, q in pairs} and iou(a, b) >= 0.5
    ]
    assert left == []
