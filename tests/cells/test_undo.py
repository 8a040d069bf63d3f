import pytest

from apps.accounts.models import Role
from apps.cells import services
from apps.cells.models import EventKind, ReviewState
from apps.core.errors import Conflict, InvalidInput
from tests.cells.factories import make_cell
from tests.factories import member

pytestmark = pytest.mark.django_db


@pytest.fixture
def cell():
    return make_cell()


@pytest.fixture
def anna(cell):
    return member(cell.project, Role.REVIEWER)


@pytest.fixture
def ben(cell):
    return member(cell.project, Role.REVIEWER)


def label(actor, cell, to_class, version):
    return services.label(
        actor=actor, cell=cell, to_class=to_class, expected_version=version, seen_suggestion=True
    )


def undo(actor, cell, version):
    return services.undo(actor=actor, cell=cell, expected_version=version)


def state(cell):
    cell.refresh_from_db()
    return cell.current_class, cell.review_state, cell.version


def test_undo_is_a_new_event_that_names_what_it_reverts(cell, anna):
    act = label(anna, cell, "monocyte", 1)
    event = undo(anna, cell, 2)
    assert (event.kind, event.reverts, event.from_class, event.to_class) == (
        EventKind.UNDO,
        act,
        "monocyte",
        "",
    )
    assert state(cell) == ("", ReviewState.SEEN, 3)
    assert cell.events.count() == 2


def test_undo_steps_back_through_my_acts(cell, anna):
    label(anna, cell, "monocyte", 1)
    label(anna, cell, "basophil", 2)
    undo(anna, cell, 3)
    assert state(cell) == ("monocyte", ReviewState.LABELLED, 4)
    undo(anna, cell, 4)
    assert state(cell) == ("", ReviewState.SEEN, 5)
    with pytest.raises(InvalidInput, match="done nothing"):
        undo(anna, cell, 5)


def test_undo_of_a_withdrawal_gives_the_label_back(cell, anna):
    label(anna, cell, "monocyte", 1)
    label(anna, cell, None, 2)
    undo(anna, cell, 3)
    assert state(cell) == ("monocyte", ReviewState.LABELLED, 4)


def test_undo_leaves_the_label_of_somebody_who_came_after(cell, anna, ben):
    label(anna, cell, "monocyte", 1)
    label(ben, cell, "basophil", 2)
    with pytest.raises(Conflict) as refused:
        undo(anna, cell, 3)
    assert refused.value.detail["current"]["by"] == ben.display_name
    assert state(cell) == ("basophil", ReviewState.LABELLED, 3)


def test_undo_does_not_reach_through_somebody_elses_act(cell, anna, ben):
    label(anna, cell, "monocyte", 1)
    label(ben, cell, "basophil", 2)
    label(anna, cell, "eosinophil", 3)
    undo(anna, cell, 4)
    assert state(cell) == ("basophil", ReviewState.LABELLED, 5)
    with pytest.raises(Conflict):
        undo(anna, cell, 5)
    assert state(cell)[0] == "basophil"


def test_a_version_that_somebody_elses_undo_left_is_not_mine(cell, anna, ben):
    label(anna, cell, "monocyte", 1)
    label(ben, cell, "basophil", 2)
    undo(ben, cell, 3)
    with pytest.raises(Conflict):
        undo(anna, cell, 4)
    assert state(cell)[0] == "monocyte"


def test_a_stale_undo_is_a_conflict(cell, anna):
    label(anna, cell, "monocyte", 1)
    label(anna, cell, "basophil", 2)
    with pytest.raises(Conflict):
        undo(anna, cell, 2)
    assert state(cell)[0] == "basophil"


def test_who_did_nothing_has_nothing_to_undo(cell, anna, ben):
    with pytest.raises(InvalidInput, match="done nothing"):
        undo(anna, cell, 1)
    label(ben, cell, "basophil", 1)
    with pytest.raises(InvalidInput, match="done nothing"):
        undo(anna, cell, 2)


def test_a_repeated_undo_undoes_once(cell, anna):
    label(anna, cell, "monocyte", 1)
    label(anna, cell, "basophil", 2)
    first = services.undo(actor=anna, cell=cell, expected_version=3, idempotency_key="u1")
    again = services.undo(actor=anna, cell=cell, expected_version=3, idempotency_key="u1")
    assert again == first
    assert state(cell) == ("monocyte", ReviewState.LABELLED, 4)


def test_a_key_of_a_label_does_not_stand_for_an_undo(cell, anna):
    services.label(
        actor=anna,
        cell=cell,
        to_class="monocyte",
        expected_version=1,
        seen_suggestion=True,
        idempotency_key="k1",
    )
    with pytest.raises(InvalidInput, match="used for another act"):
        services.undo(actor=anna, cell=cell, expected_version=2, idempotency_key="k1")
