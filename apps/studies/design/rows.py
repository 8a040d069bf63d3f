"""What lists and the page of a study show of it: states, designs, progress. Never an answer, never an origin."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Q

from apps.accounts.models import Project, User
from apps.studies import presets, selectors
from apps.studies.demo.marks import DOMAIN_END, SIMULATED_READER
from apps.studies.design import amounts
from apps.studies.models import Enrolment, State, Study
from apps.studies.protocol import REALISM, Protocol
from apps.studies.selectors.leaving import once_closed

_STEP_WORDS = {
    ("", State.DRAFT): "Made",
    (State.DRAFT, State.PREPARED): "Prepared",
    (State.PREPARED, State.DRAFT): "Back to draft",
    (State.PREPARED, State.LOCKED): "Locked",
    (State.LOCKED, State.OPEN): "Opened",
    (State.OPEN, State.OPEN): "Time extended",
    (State.OPEN, State.CLOSED): "Closed",
    (State.CLOSED, State.OPEN): "Opened again",
    (State.CLOSED, State.UNBLINDED): "Unblinded",
}


@dataclass(frozen=True, slots=True)
class StudyRow:
    """A study in a list."""

    study: Study
    preset: str
    images: int
    readers: int
    simulated: bool


@dataclass(frozen=True, slots=True)
class LifeStep:
    """A state on the way of a study: ``place`` is "done", "here" or "ahead"."""

    label: str
    place: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """A step that was taken."""

    when: datetime
    words: str
    who: str
    why: str


@dataclass(frozen=True, slots=True)
class ReaderRow:
    """How far a reader is; ``name`` is what staff calls a person, with the pseudonym of the results."""

    id: UUID
    name: str
    state: str
    read: int
    total: int
    last: datetime | None
    reminded: datetime | None
    standing: bool
    waiting: bool
    endable: bool
    simulated: bool


def of_project(*, user: User, project: Project, most: int) -> list[StudyRow]:
    """Return a project's studies, the newest first; one query."""
    standing = Q(enrolments__withdrawn_at=None)
    found = (
        selectors.studies_of(user=user, project=project)
        .annotate(
            n_readers=Count("enrolments", filter=standing, distinct=True),
            n_simulated=Count(
                "enrolments", filter=Q(**{f"enrolments__{SIMULATED_READER}": DOMAIN_END}), distinct=True
            ),
        )
        .order_by("-pk")[:most]
    )
    rows = []
    for study in found:
        plan = study.plan
        rows.append(
            StudyRow(
                study,
                preset_title(plan.preset),
                plan.counted,
                study.n_readers,
                simulated=bool(study.n_simulated),
            )
        )
    return rows


def preset_title(name: str) -> str:
    """Return what a kind of study is called."""
    return next((known.title for known in presets.PRESETS if known.name == name), name or "Own design")


def presets_shown() -> list[dict[str, Any]]:
    """Return the designs to begin with, with what a reader of each would get."""
    shown = []
    for known in presets.PRESETS:
        plan = presets.preset(known.name)
        seen = plan.trials + plan.practice
        shown.append(
            {
                "name": known.name,
                "title": known.title,
                "text": known.about,
                "sums": f"{plan.counted} images that count, {amounts.minutes(seen)} for a reader",
            }
        )
    return shown


def life(study: Study) -> list[LifeStep]:
    """Return the states in their order, with when the study came to them."""
    times = {
        State.DRAFT: study.created_at,
        State.PREPARED: study.prepared_at,
        State.LOCKED: study.locked_at,
        State.OPEN: study.opened_at,
        State.CLOSED: study.closed_at,
        State.UNBLINDED: study.unblinded_at,
    }
    order = list(State)
    here = order.index(State(study.state))
    steps = []
    for place, state in enumerate(order):
        word = "here" if place == here else "done" if place < here else "ahead"
        steps.append(LifeStep(str(state.label), word, times[state] if place <= here else None))
    return steps


def history(study: Study) -> list[HistoryLine]:
    """Return the steps that were taken, the newest first."""
    taken = study.transitions.select_related("who").order_by("-pk")
    return [
        HistoryLine(
            when=step.created_at,
            words=_STEP_WORDS.get((step.from_state, State(step.to_state)), step.to_state.capitalize()),
            who=step.who.display_name if step.who else "The site",
            why=step.why,
        )
        for step in taken
    ]


def summary(plan: Protocol) -> list[tuple[str, str]]:
    """Return a design in words, for the page of the study."""
    asks = "the class"
    if REALISM in plan.questions:
        asks = "the class, then realism"
        asks += " in a second sitting" if plan.sittings > 1 else " image by image"
    margin = "none" if plan.margin is None else f"{100 * plan.margin:g} percentage points"
    return [
        ("Kind", preset_title(plan.preset)),
        ("Readers are asked for", asks),
        *amounts.sums(plan),
        ("Readers planned", str(plan.readers)),
        ("Margin", margin),
        ("Unblinded by", "two persons" if plan.two_person_unblinding else "one person"),
    ]


def drawn(study: Study) -> list[tuple[str, str]]:
    """Return what was left out when the images were drawn, of a study that is prepared or further."""
    report = study.draw_report
    if study.state == State.DRAFT or "strata" not in report:
        return []
    strata = report["strata"]
    known = sum(stratum.get("labelled_by_readers", 0) for stratum in strata)
    border = sum(stratum.get("too_near_the_border", 0) for stratum in strata)
    left_out = [
        (report.get("near_duplicates", 0), "looked almost like one that was taken"),
        (known, "a reader had labelled before"),
        (border, "lay too near the border of their field for one physical scale"),
    ]
    words = ", ".join(f"{n:,} that {why}" for n, why in left_out if n)
    candidates = sum(stratum["candidates"] for stratum in strata)
    return [("Drawn from", f"{candidates:,} cells"), ("Left out", words or "none")]


def readers(study: Study) -> list[ReaderRow]:
    """Return how far each reader is, in order of pseudonym."""
    # Nobody ends the part of a reader whose answers could be seen.
    endable = study.state != State.OPEN or not once_closed(study)
    return [_reader(study, line, endable=endable) for line in selectors.progress(study)]


def _reader(study: Study, line: Any, *, endable: bool) -> ReaderRow:
    enrolment: Enrolment = line.enrolment
    done = bool(line.total) and line.answered >= line.total
    return ReaderRow(
        id=enrolment.public_id,
        name=f"{enrolment.pseudonym}: {enrolment.reader.display_name}",
        state=_reader_state(enrolment, begun=bool(line.answered), done=done),
        read=line.answered,
        total=line.total,
        last=line.last_at,
        reminded=enrolment.reminded_at,
        standing=enrolment.withdrawn_at is None and study.state not in {State.CLOSED, State.UNBLINDED},
        waiting=enrolment.withdrawn_at is None and study.state == State.OPEN and not done,
        endable=endable,
        simulated=is_simulated(enrolment),
    )


def is_simulated(enrolment: Enrolment) -> bool:
    """Return whether no person but a program reads."""
    return enrolment.reader.email.endswith(DOMAIN_END)


def _reader_state(enrolment: Enrolment, *, begun: bool, done: bool) -> str:
    if enrolment.withdrawn_at is not None:
        return "Withdrawn"
    if done:
        return "Finished"
    if begun:
        return "Reading"
    if enrolment.practised_at is not None:
        return "Has practised"
    return "Has agreed" if enrolment.consent_at is not None else "Has not begun"
