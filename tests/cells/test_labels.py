import pytest

from apps.accounts.models import AuditEvent, Role
from apps.cells import services
from apps.cells.models import Cell, EventKind, LabelEvent, ReviewState
from apps.cells.services import labelling
from apps.core.errors import Conflict, Gone, InvalidInput, NotFound, NotPermitted
from apps.core.registries import after_label
from tests.cells.factories import finding, make_cell, make_cells
from tests.factories import SiteAdminFactory, UserFactory, member

pytestmark = pytest.mark.django_db


@pytest.fixture
def cell():
    return make_cell(top="neutrophil")


@pytest.fixture
def second_opinion(cell, reviewer):
    """The two models, after the newer one spoke about a cell that carries a label: its version stays 2."""
    older = cell.classifier_version
    label(reviewer, cell, "monocyte", 1)
    make_cells(cell.field, finding("basophil"))
    cell.refresh_from_db()
    assert (cell.version, cell.suggested_class, cell.classifier_version == older) == (2, "basophil", False)
    return older, cell.classifier_version


@pytest.fixture
def reviewer(cell):
    return member(cell.project, Role.REVIEWER)


def label(actor, cell, to_class, version, **values: object):
    return services.label(
        actor=actor,
        cell=cell,
        to_class=to_class,
        expected_version=version,
        seen_suggestion=values.pop("seen_suggestion", True),
        **values,
    )


def before_writing(monkeypatch, act) -> None:
    """Let something happen once, after everything was asked and before anything is written."""
    write = labelling.write

    def late(**values: object):
        monkeypatch.undo()
        act()
        return write(**values)

    monkeypatch.setattr(labelling, "write", late)


def stored(cell: Cell) -> tuple[str, str, int]:
    cell.refresh_from_db()
    return cell.current_class, cell.review_state, cell.version


def test_a_label_moves_the_cell_and_appends_one_event(cell, reviewer):
    event = label(reviewer, cell, "monocyte", 1, seen_suggestion=False)
    assert stored(cell) == ("monocyte", ReviewState.LABELLED, 2)
    assert (event.kind, event.from_class, event.to_class, event.version_after) == (
        EventKind.LABEL,
        "",
        "monocyte",
        2,
    )
    assert event.actor == reviewer
    assert event.seen_suggestion is False
    assert event.model_version == cell.classifier_version
    assert event.cell.version == 2
    assert cell.events.count() == 1


def test_a_suggestion_that_was_never_made_was_seen_by_nobody(cell, reviewer):
    Cell.objects.filter(pk=cell.pk).update(
        suggested_class="", suggested_probability=None, classifier_version=None
    )
    assert label(reviewer, cell, "monocyte", 1, seen_suggestion=True).seen_suggestion is False


def test_a_label_leaves_the_suggestion_as_it_was(cell, reviewer):
    label(reviewer, cell, "monocyte", 1)
    cell.refresh_from_db()
    assert (cell.suggested_class, cell.shown_class) == ("neutrophil", "monocyte")


def test_a_label_is_audited(cell, reviewer):
    label(reviewer, cell, "monocyte", 1)
    event = AuditEvent.objects.get(verb="labelled")
    assert (event.actor, event.project, event.target) == (reviewer, cell.project, f"cell:{cell.public_id}")
    assert event.detail == {"act": "label", "from": "", "to": "monocyte", "version": 2}


def test_rooms_above_hear_of_a_label(cell, reviewer, monkeypatch):
    heard = []

    def hear(*, cell, event):
        heard.append((cell.current_class, event.to_class))

    monkeypatch.setitem(after_label._hooks, "hear", hear)
    label(reviewer, cell, "monocyte", 1)
    assert heard == [("monocyte", "monocyte")]


@pytest.mark.parametrize("which", [0, 1], ids=["the older", "the newer"])
@pytest.mark.parametrize("seen", [True, False])
def test_an_event_names_the_model_whose_suggestion_the_page_showed(
    cell, reviewer, second_opinion, which, seen
):
    shown = second_opinion[which]
    event = label(reviewer, cell, "eosinophil", 2, seen_suggestion=seen, suggestion=shown.public_id)
    assert (event.model_version, event.seen_suggestion) == (shown, seen)
    undone = services.undo(actor=reviewer, cell=cell, expected_version=3)
    assert (undone.model_version, undone.seen_suggestion) == (shown, seen)


def test_of_two_suggestions_none_counts_as_seen_unless_it_is_named(cell, reviewer, second_opinion):
    event = label(reviewer, cell, "eosinophil", 2)
    assert (event.model_version, event.seen_suggestion) == (second_opinion[1], False)


def test_a_model_that_said_nothing_of_the_cell_cannot_be_named(cell, reviewer):
    with pytest.raises(InvalidInput, match="no suggestion"):
        label(reviewer, cell, "monocyte", 1, suggestion=make_cell().classifier_version.public_id)
    assert stored(cell) == ("", ReviewState.SUGGESTED, 1)


def test_what_a_room_above_refuses_leaves_nothing(cell, reviewer, monkeypatch):
    def refuse(*, cell, event):
        raise Conflict("signed already")

    monkeypatch.setitem(after_label._hooks, "refuse", refuse)
    with pytest.raises(Conflict, match="signed already"):
        label(reviewer, cell, "monocyte", 1)
    assert stored(cell) == ("", ReviewState.SUGGESTED, 1)
    assert LabelEvent.objects.count() == 0
    assert not AuditEvent.objects.filter(verb="labelled").exists()


@pytest.mark.parametrize("to_class", ["other-leukocyte", "not-classed", "not-a-cell"])
def test_people_may_say_what_no_model_says(cell, reviewer, to_class):
    label(reviewer, cell, to_class, 1)
    assert stored(cell)[0] == to_class


@pytest.mark.parametrize("to_class", ["", "blast", "Neutrophil", "unidentified"])
def test_a_class_outside_the_list_is_refused(cell, reviewer, to_class):
    with pytest.raises(InvalidInput, match="is not a class of this project"):
        label(reviewer, cell, to_class, 1)
    assert stored(cell) == ("", ReviewState.SUGGESTED, 1)


def test_a_stale_edit_gets_both_values_and_changes_nothing(cell, reviewer):
    other = member(cell.project, Role.REVIEWER)
    label(other, cell, "monocyte", 1)
    with pytest.raises(Conflict) as refused:
        label(reviewer, cell, "eosinophil", 1)
    detail = refused.value.detail
    assert detail["yours"] == "eosinophil"
    assert detail["current"]["class"] == "monocyte"
    assert detail["current"]["version"] == 2
    assert detail["current"]["by"] == other.display_name
    assert stored(cell) == ("monocyte", ReviewState.LABELLED, 2)
    assert cell.events.count() == 1


def test_a_version_from_the_future_is_a_conflict_too(cell, reviewer):
    with pytest.raises(Conflict):
        label(reviewer, cell, "eosinophil", 7)


def test_a_race_lost_between_reading_and_writing_is_a_conflict(cell, reviewer, monkeypatch):
    other = member(cell.project, Role.REVIEWER)
    before_writing(monkeypatch, lambda: label(other, cell, "monocyte", 1))
    with pytest.raises(Conflict) as refused:
        label(reviewer, cell, "eosinophil", 1)
    assert refused.value.detail["current"]["class"] == "monocyte"


def test_a_repeated_request_returns_the_first_event(cell, reviewer):
    first = label(reviewer, cell, "monocyte", 1, idempotency_key="k1")
    again = label(reviewer, cell, "monocyte", 1, idempotency_key="k1")
    assert again == first
    assert again.cell.version == 2
    assert stored(cell) == ("monocyte", ReviewState.LABELLED, 2)
    assert LabelEvent.objects.count() == 1
    assert AuditEvent.objects.filter(verb="labelled").count() == 1


def test_a_retry_that_arrives_during_the_first_try_is_no_conflict(cell, reviewer, monkeypatch):
    before_writing(monkeypatch, lambda: label(reviewer, cell, "monocyte", 1, idempotency_key="k1"))
    event = label(reviewer, cell, "monocyte", 1, idempotency_key="k1")
    assert event.version_after == 2
    assert LabelEvent.objects.count() == 1


def test_a_key_stands_for_one_act(cell, reviewer):
    label(reviewer, cell, "monocyte", 1, idempotency_key="k1")
    with pytest.raises(InvalidInput, match="used for another act"):
        label(reviewer, cell, "basophil", 2, idempotency_key="k1")


def test_two_people_may_draw_the_same_key(cell, reviewer):
    other = member(cell.project, Role.REVIEWER)
    label(reviewer, cell, "monocyte", 1, idempotency_key="k1")
    label(other, cell, "basophil", 2, idempotency_key="k1")
    assert stored(cell) == ("basophil", ReviewState.LABELLED, 3)


def test_withdrawing_ones_own_label(cell, reviewer):
    label(reviewer, cell, "monocyte", 1)
    event = services.withdraw(actor=reviewer, cell=cell, expected_version=2, seen_suggestion=True)
    assert (event.kind, event.from_class, event.to_class) == (EventKind.WITHDRAW, "monocyte", "")
    assert stored(cell) == ("", ReviewState.SEEN, 3)
    assert cell.shown_class == "neutrophil"


def test_there_must_be_a_label_to_withdraw(cell, reviewer):
    with pytest.raises(InvalidInput, match="carries no label"):
        label(reviewer, cell, None, 1)


def test_somebody_elses_label_is_not_withdrawn_but_may_be_changed(cell, reviewer):
    other = member(cell.project, Role.REVIEWER)
    label(other, cell, "monocyte", 1)
    with pytest.raises(NotPermitted, match=f"This label is by {other.display_name}"):
        label(reviewer, cell, None, 2)
    label(reviewer, cell, "basophil", 2)
    assert stored(cell)[0] == "basophil"


def test_a_replaced_cell_is_gone(cell, reviewer):
    make_cells(cell.field, finding("basophil"))
    with pytest.raises(Gone, match="later analysis"):
        label(reviewer, cell, "monocyte", 1)


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.RESEARCHER, Role.MANAGER])
def test_who_may_label(cell, role):
    label(member(cell.project, role), cell, "monocyte", 1)
    assert stored(cell)[0] == "monocyte"


@pytest.mark.parametrize(
    ("who", "error"),
    [
        (lambda cell: member(cell.project, Role.VIEWER), NotPermitted),
        (lambda _: SiteAdminFactory(), NotPermitted),
        (lambda _: UserFactory(), NotFound),
    ],
    ids=["viewer", "site administrator", "stranger"],
)
def test_who_may_not(cell, who, error):
    actor = who(cell)
    with pytest.raises(error):
        label(actor, cell, "monocyte", 1)
    with pytest.raises(error):
        services.undo(actor=actor, cell=cell, expected_version=1)
    with pytest.raises(error):
        services.mark_seen(actor=actor, slide=cell.field.slide, cell_ids=[cell.public_id])
    assert stored(cell) == ("", ReviewState.SUGGESTED, 1)
