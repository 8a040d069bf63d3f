"""Whatever several people do in whatever order, the events of a cell replay to what the cell carries."""

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from apps.accounts.models import Role
from apps.cells import services
from apps.cells.models import EventKind, ReviewState
from apps.core.errors import Conflict, InvalidInput, NotPermitted
from tests.cells.factories import finding, make_cell, make_cells
from tests.factories import member

PEOPLE = st.integers(0, 2)
CLASSES = st.sampled_from(["neutrophil", "monocyte", "not-classed", "not-a-cell"])
# How many versions behind the person's page is; mostly none.
BEHIND = st.sampled_from([0, 0, 0, 1])


class CellHistory(RuleBasedStateMachine):
    """Three reviewers and re-analyses on one cell, beside a model that keeps a plain stack of acts."""

    def __init__(self) -> None:
        super().__init__()
        self.cell = make_cell()
        self.people = [member(self.cell.project, Role.REVIEWER) for _ in range(3)]
        self.acts: list[tuple[int, str, str]] = []  # (person, from, to) that no undo reverted
        self.last_actor: int | None = None
        self.current = ""
        self.version = 1
        self.keys: dict[tuple[int, str], int] = {}

    def moved(self, person: int, to: str) -> None:
        self.current, self.version, self.last_actor = to, self.version + 1, person

    @rule(person=PEOPLE, to=CLASSES, behind=BEHIND)
    def label(self, person: int, to: str, behind: int) -> None:
        arguments = {
            "actor": self.people[person],
            "cell": self.cell,
            "to_class": to,
            "expected_version": self.version - behind,
            "seen_suggestion": True,
        }
        if behind:
            with pytest.raises(Conflict):
                services.label(**arguments)
            return
        key = f"key-{self.version}"
        event = services.label(**arguments, idempotency_key=key)
        assert services.label(**arguments, idempotency_key=key) == event
        self.acts.append((person, self.current, to))
        self.moved(person, to)

    @rule(person=PEOPLE, behind=BEHIND)
    def withdraw(self, person: int, behind: int) -> None:
        arguments = {
            "actor": self.people[person],
            "cell": self.cell,
            "expected_version": self.version - behind,
            "seen_suggestion": False,
        }
        refusal = None
        if behind:
            refusal = Conflict
        elif not self.current:
            refusal = InvalidInput
        elif self.acts[-1][0] != person:
            refusal = NotPermitted
        if refusal is not None:
            with pytest.raises(refusal):
                services.withdraw(**arguments)
            return
        services.withdraw(**arguments)
        self.acts.append((person, self.current, ""))
        self.moved(person, "")

    @rule(person=PEOPLE, behind=BEHIND)
    def undo(self, person: int, behind: int) -> None:
        arguments = {
            "actor": self.people[person],
            "cell": self.cell,
            "expected_version": self.version - behind,
        }
        refusal = None
        if not any(actor == person for actor, _, _ in self.acts):
            refusal = InvalidInput
        elif self.last_actor != person or self.acts[-1][0] != person or behind:
            refusal = Conflict
        if refusal is not None:
            with pytest.raises(refusal):
                services.undo(**arguments)
            return
        services.undo(**arguments)
        _, before, _ = self.acts.pop()
        self.moved(person, before)

    @rule(person=PEOPLE)
    def look(self, person: int) -> None:
        services.mark_seen(
            actor=self.people[person], slide=self.cell.field.slide, cell_ids=[self.cell.public_id]
        )

    @rule(top=CLASSES.filter(lambda name: not name.startswith("not-")))
    def analyse_again(self, top: str) -> None:
        if self.version == 1:
            return  # an untouched cell would be replaced; another test does that
        cells = make_cells(self.cell.field, finding(top))
        assert cells == [self.cell]

    @invariant()
    def the_events_replay_to_the_cell(self) -> None:
        self.cell.refresh_from_db()
        events = list(self.cell.events.order_by("version_after"))
        replayed = ""
        for number, event in enumerate(events, start=2):
            assert event.version_after == number
            assert event.from_class == replayed
            if event.kind == EventKind.UNDO:
                assert event.to_class == event.reverts.from_class
            replayed = event.to_class
        assert (self.cell.current_class, self.cell.version) == (replayed, 1 + len(events))
        assert (self.cell.current_class, self.cell.version) == (self.current, self.version)
        assert (self.cell.review_state == ReviewState.LABELLED) == bool(self.current)


class TestCellHistory(TestCase):
    def test_any_history(self) -> None:
        run_state_machine_as_test(
            CellHistory,
            settings=settings(
                max_examples=25,
                stateful_step_count=20,
                deadline=None,
                suppress_health_check=[HealthCheck.too_slow],
            ),
        )
