"""Whatever several people do in whatever order, the events of a cell replay to what the cell carries."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from apps.accounts.models import Role
from apps.cells import services
from apps.cells.models import Cell, EventKind, ReviewState
from apps.core.errors import Conflict, Gone, InvalidInput, NotPermitted
from tests.cells.factories import finding, make_cell, make_cells
from tests.factories import member

PEOPLE = st.integers(0, 2)
CLASSES = st.sampled_from(["neutrophil", "monocyte", "not-classed", "not-a-cell"])
# How many versions behind the person's page is; mostly none.
BEHIND = st.sampled_from([0, 0, 0, 1])
# Boxes near the cell that is there, far less than the whole field.
SHIFTS = st.sampled_from([0.0, 3.0, 7.0])


@dataclass(frozen=True)
class State:
    """What a cell carries; ``by`` is who labelled it."""

    label: str = ""
    by: int | None = None
    box: tuple[float, ...] = ()
    stands: bool = True


@dataclass
class Modelled:
    """A cell beside a plain stack of acts: (person, act, state before) that no undo reverted."""

    cell: Cell
    state: State
    version: int
    acts: list[tuple[int, int, State]] = field(default_factory=list)
    undone: list[Undone] = field(default_factory=list)
    last_actor: int | None = None

    def __post_init__(self) -> None:
        self.first = self.cell.box


@dataclass(frozen=True)
class Undone:
    """An act that was undone: by whom, in which step, what it was and what it had made of the cell."""

    person: int
    step: int
    before: State
    after: State


class History(RuleBasedStateMachine):
    """Three reviewers and re-analyses on the cells of a slide."""

    def __init__(self) -> None:
        super().__init__()
        first = make_cell()
        self.slide = first.field.slide
        self.field = first.field
        self.people = [member(first.project, Role.REVIEWER) for _ in range(3)]
        self.cells = [Modelled(first, State(box=first.box), 1)]
        self.number = 0
        self.newest: dict[int, int] = {}  # person -> number of their newest act that is no undo and no redo
        self.places = iter(range(2, 9))

    def did(self, person: int, modelled: Modelled, state: State, act: int) -> None:
        modelled.acts.append((person, act, modelled.state))
        modelled.undone.clear()
        modelled.state, modelled.last_actor = state, person
        modelled.version += 1
        self.newest[person] = act

    def act(self) -> int:
        self.number += 1
        return self.number

    def arguments(self, person: int, modelled: Modelled, behind: int) -> dict[str, Any]:
        return {
            "actor": self.people[person],
            "cell": modelled.cell,
            "expected_version": modelled.version - behind,
        }

    def refusal(self, modelled: Modelled, behind: int) -> type[Exception] | None:
        if not modelled.state.stands:
            return Gone
        return Conflict if behind else None

    @rule(person=PEOPLE, which=st.integers(0, 9), to=CLASSES, behind=BEHIND)
    def label(self, person: int, which: int, to: str, behind: int) -> None:
        modelled = self.cells[which % len(self.cells)]
        arguments = {**self.arguments(person, modelled, behind), "to_class": to, "seen_suggestion": True}
        refusal = self.refusal(modelled, behind)
        if refusal is not None:
            with pytest.raises(refusal):
                services.label(**arguments)
            return
        key = uuid4().hex
        event = services.label(**arguments, idempotency_key=key)
        assert services.label(**arguments, idempotency_key=key) == event
        state = State(to, person, modelled.state.box)
        self.did(person, modelled, state, self.act())

    @rule(person=PEOPLE, which=st.integers(0, 9), behind=BEHIND)
    def withdraw(self, person: int, which: int, behind: int) -> None:
        modelled = self.cells[which % len(self.cells)]
        arguments = {**self.arguments(person, modelled, behind), "seen_suggestion": False}
        refusal = self.refusal(modelled, behind)
        if refusal is None and not modelled.state.label:
            refusal = InvalidInput
        elif refusal is None and modelled.state.by != person:
            refusal = NotPermitted
        if refusal is not None:
            with pytest.raises(refusal):
                services.withdraw(**arguments)
            return
        services.withdraw(**arguments)
        self.did(person, modelled, State(box=modelled.state.box), self.act())

    @rule(person=PEOPLE, to=CLASSES, shift=SHIFTS)
    def label_all(self, person: int, to: str, shift: float) -> None:
        del shift
        standing = [modelled for modelled in self.cells if modelled.state.stands]
        if not standing:
            return
        acts = [
            services.LabelAct(modelled.cell.public_id, to, modelled.version, seen_suggestion=True)
            for modelled in standing
        ]
        outcomes = services.label_list(actor=self.people[person], acts=acts)
        assert [outcome.error for outcome in outcomes] == [None] * len(standing)
        act = self.act()
        for modelled in standing:
            self.did(person, modelled, State(to, person, modelled.state.box), act)

    @rule(person=PEOPLE, which=st.integers(0, 9), shift=SHIFTS, behind=BEHIND)
    def box(self, person: int, which: int, shift: float, behind: int) -> None:
        modelled = self.cells[which % len(self.cells)]
        x0, y0, x1, y1 = modelled.first
        box = (x0 + shift, y0, x1 + shift, y1 + 1)
        refusal = self.refusal(modelled, behind)
        arguments = {**self.arguments(person, modelled, behind), "box": box}
        if refusal is not None:
            with pytest.raises(refusal):
                services.change_box(**arguments)
            return
        assert services.change_box(**arguments).box == box
        if box == modelled.state.box:
            return  # nothing to do, and nothing written
        state = State(modelled.state.label, modelled.state.by, box)
        self.did(person, modelled, state, self.act())

    @rule(person=PEOPLE, which=st.integers(0, 9), behind=BEHIND)
    def remove(self, person: int, which: int, behind: int) -> None:
        modelled = self.cells[which % len(self.cells)]
        refusal = self.refusal(modelled, behind)
        if refusal is not None:
            with pytest.raises(refusal):
                services.remove(**self.arguments(person, modelled, behind))
            return
        services.remove(**self.arguments(person, modelled, behind))
        old = modelled.state
        self.did(person, modelled, State(old.label, old.by, old.box, stands=False), self.act())

    @rule(person=PEOPLE, to=st.one_of(st.none(), CLASSES))
    def add(self, person: int, to: str | None) -> None:
        place = next(self.places, None)
        if place is None:
            return
        box = (60.0 * place, 200.0, 60.0 * place + 40, 245.0)
        event = services.add_box(
            actor=self.people[person],
            slide=self.slide,
            field=self.field.public_id,
            box=box,
            to_class=to,
        )
        modelled = Modelled(event.cell, State(box=box, stands=False), 1)
        self.cells.append(modelled)
        self.did(person, modelled, State(to or "", person if to else None, box), self.act())

    @rule(person=PEOPLE, which=st.integers(0, 9), behind=BEHIND)
    def undo(self, person: int, which: int, behind: int) -> None:
        modelled = self.cells[which % len(self.cells)]
        refusal = None
        if not any(actor == person for actor, _, _ in modelled.acts):
            refusal = InvalidInput
        elif modelled.last_actor != person or modelled.acts[-1][0] != person or behind:
            refusal = Conflict
        arguments = self.arguments(person, modelled, behind)
        if refusal is not None:
            with pytest.raises(refusal):
                services.undo(**arguments)
            return
        services.undo(**arguments)
        self.undid(person, modelled, self.act())

    def undid(self, person: int, modelled: Modelled, step: int) -> None:
        _, _, before = modelled.acts.pop()
        modelled.undone.append(Undone(person, step, before, modelled.state))
        modelled.state, modelled.last_actor = before, person
        modelled.version += 1

    def can_undo(self, person: int, modelled: Modelled) -> bool:
        return bool(modelled.acts) and modelled.acts[-1][0] == person == modelled.last_actor

    @rule(person=PEOPLE)
    def undo_on_the_slide(self, person: int) -> None:
        """The step takes back exactly one act: all of its cells that can be, and no other cell."""
        able = {id(m): m.acts[-1][1] for m in self.cells if self.can_undo(person, m)}
        key = uuid4().hex
        stepped = services.undo_act(actor=self.people[person], scope=self.slide, idempotency_key=key)
        applied = {step.cell.pk for step in stepped if step.conflict is None}
        assert bool(applied) == bool(able)
        if not applied:
            return
        newest = max(able.values())
        assert applied == {m.cell.pk for m in self.cells if able.get(id(m)) == newest}
        again = services.undo_act(actor=self.people[person], scope=self.slide, idempotency_key=key)
        assert {step.cell.pk for step in again} == applied
        number = self.act()
        for modelled in self.cells:
            if modelled.cell.pk in applied:
                self.undid(person, modelled, number)

    @rule(person=PEOPLE)
    def redo_on_the_slide(self, person: int) -> None:
        """The step does exactly one undone act again, unless the person did something new on the slide since."""
        able = {
            m.cell.pk: m
            for m in self.cells
            if m.undone
            and m.undone[-1].person == person == m.last_actor
            and m.undone[-1].step > self.newest.get(person, 0)
        }
        stepped = services.redo_act(actor=self.people[person], scope=self.slide, idempotency_key=uuid4().hex)
        applied = {step.cell.pk for step in stepped if step.conflict is None}
        newest = max((m.undone[-1].step for m in able.values()), default=0)
        assert applied == {pk for pk, m in able.items() if m.undone[-1].step == newest}
        number = self.act()
        for pk in applied:
            modelled = able[pk]
            done = modelled.undone.pop()
            modelled.acts.append((person, number, done.before))
            modelled.state, modelled.last_actor = done.after, person
            modelled.version += 1

    @rule(person=PEOPLE)
    def look(self, person: int) -> None:
        ids = [modelled.cell.public_id for modelled in self.cells]
        services.mark_seen(actor=self.people[person], slide=self.slide, cell_ids=ids)

    @rule(top=CLASSES.filter(lambda name: not name.startswith("not-")))
    def analyse_again(self, top: str) -> None:
        """An analysis that finds the first cell where it was first changes nothing that people did."""
        if self.cells[0].version == 1:
            return  # an untouched cell would be replaced; another test does that
        standing = {m.cell.pk for m in self.cells if m.state.stands}
        assert {cell.pk for cell in make_cells(self.field, finding(top))} == standing

    @invariant()
    def the_events_replay_to_the_cells(self) -> None:
        for modelled in self.cells:
            cell = modelled.cell
            cell.refresh_from_db()
            events = list(cell.events.order_by("version_after"))
            label, box, stands = "", None, not (events and events[0].kind == EventKind.ADD)
            for number, event in enumerate(events, start=2):
                assert event.version_after == number
                assert event.from_class == label
                if event.reverts is not None:
                    assert event.to_class == event.reverts.from_class
                    assert (event.from_box, event.to_box) == (event.reverts.to_box, event.reverts.from_box)
                label = event.to_class
                if event.from_box is not None or event.to_box is not None:
                    assert stands == (event.from_box is not None)
                    assert box is None or event.from_box is None or event.from_box == box
                    stands = event.to_box is not None
                    box = event.to_box or event.from_box
            assert (cell.current_class, cell.version) == (label, 1 + len(events))
            assert (cell.removed_at is None) == stands
            assert box is None or list(cell.box) == box
            state = modelled.state
            by = None if state.by is None else self.people[state.by].pk
            assert (cell.current_class, cell.labelled_by_id, cell.version) == (
                state.label,
                by,
                modelled.version,
            )
            assert (cell.box, stands) == (state.box, state.stands)
            assert (cell.review_state == ReviewState.LABELLED) == bool(state.label)


class TestHistory(TestCase):
    def test_any_history(self) -> None:
        run_state_machine_as_test(
            History,
            settings=settings(
                max_examples=25,
                stateful_step_count=25,
                deadline=None,
                suppress_health_check=[HealthCheck.too_slow],
            ),
        )
