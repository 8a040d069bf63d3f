"""What can be done to a study where it stands: the buttons of its page, each with why it is refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from apps.accounts.models import User
from apps.accounts.permissions import Action, can
from apps.core.errors import DomainError
from apps.studies import audit as leaks
from apps.studies import draw
from apps.studies.design.rows import ReaderRow
from apps.studies.models import State, Study, UnblindRequest
from apps.studies.selectors.record import answers_taken_out
from apps.studies.services.life import TAKEN_OUT


@dataclass(frozen=True, slots=True)
class Act:
    """A button: what it is called, what it asks for, why it cannot be pressed now."""

    name: str
    label: str
    url: str
    why: str = ""
    must_say: bool = False
    due: str = ""
    due_value: datetime | None = None
    primary: bool = False
    danger: bool = False
    refused: str = ""
    note: str = ""


_TEXT = {
    State.DRAFT: "The design can be changed. Preparing draws the images and looks for leaks.",
    State.PREPARED: (
        "The images are drawn. Look at them as a reader, read the leak audit, then lock the study: "
        "from then on nothing in its design changes."
    ),
    State.LOCKED: "Nothing in the design changes any more. Readers can be invited; they read once the study is open.",
    State.OPEN: "Readers read. You see how far they are, not what they answer.",
    State.CLOSED: "Nobody reads any more. Unblinding joins the answers to where each image came from.",
    State.UNBLINDED: "The answers are joined to where each image came from.",
}


def text(study: Study) -> str:
    """Return in a sentence where a study stands."""
    return _TEXT[State(study.state)]


def acts(study: Study, user: User, *, readers: Sequence[ReaderRow]) -> list[Act]:
    """Return what the person can do, the next step first."""
    return {
        State.DRAFT: _draft,
        State.PREPARED: _prepared,
        State.LOCKED: _locked,
        State.OPEN: _open,
        State.CLOSED: _closed,
        State.UNBLINDED: _unblinded,
    }[State(study.state)](study, user, readers)


def _url(study: Study, name: str) -> str:
    return reverse(f"studies:{name}", args=[study.public_id])


def _draft(study: Study, user: User, readers: Sequence[ReaderRow]) -> list[Act]:  # noqa: ARG001 - one signature
    running = study.job is not None and not study.job.ended
    problems = [] if running else [*study.plan.problems(), *draw.shortages(study.project, study.plan)]
    refused = "It is being prepared." if running else " ".join(problems[:2])
    prepare = Act("prepare", "Prepare", _url(study, "prepare"), primary=True, refused=refused)
    if running:
        return [prepare]
    discard = Act(
        "discard", "Discard the draft", _url(study, "discard"), why="Why it is discarded", danger=True
    )
    return [prepare, discard]


def _prepared(study: Study, user: User, readers: Sequence[ReaderRow]) -> list[Act]:  # noqa: ARG001 - as above
    refused = ""
    try:
        leaks.require_clear(study)
    except DomainError as problem:
        refused = problem.message
    lock = Act("lock", "Lock", _url(study, "lock"), why="Remark (optional)", primary=True, refused=refused)
    back = Act(
        "redraft", "Back to draft", _url(study, "redraft"), why="Why the design changes", must_say=True
    )
    return [lock, back]


def _locked(study: Study, user: User, readers: Sequence[ReaderRow]) -> list[Act]:  # noqa: ARG001 - as above
    note = "" if readers else "Nobody is asked to read it yet; that can follow."
    return [
        Act(
            "open",
            "Open",
            _url(study, "open"),
            why="Remark (optional)",
            due="Readings wanted by (optional)",
            primary=True,
            note=note,
        )
    ]


def _open(study: Study, user: User, readers: Sequence[ReaderRow]) -> list[Act]:  # noqa: ARG001 - as above
    unfinished = sum(reader.waiting for reader in readers)
    note = f"{unfinished} reader{'s have' if unfinished != 1 else ' has'} not finished." if unfinished else ""
    return [
        Act(
            "close", "Close", _url(study, "close"), why="Remark (optional)", primary=not unfinished, note=note
        ),
        _extend(study, "Extend the time"),
    ]


def _extend(study: Study, label: str, refused: str = "") -> Act:
    return Act(
        "extend",
        label,
        _url(study, "extend"),
        why="Why",
        must_say=True,
        due="Readings wanted by",
        due_value=study.due_at,
        refused=refused,
    )


def _closed(study: Study, user: User, readers: Sequence[ReaderRow]) -> list[Act]:  # noqa: ARG001 - as above
    asked = UnblindRequest.objects.filter(study=study).select_related("who").first()
    refused, note, label = "", "It cannot be taken back.", "Unblind"
    if not can(user, Action.UNBLIND, study.project):
        refused = "A manager of the project unblinds."
    elif asked is not None and asked.who_id == user.pk:
        refused = "You have asked for it; another manager must confirm."
    elif asked is not None:
        label, note = "Confirm the unblinding", f"{asked.who.display_name} asked for it: {asked.why}"
    elif study.plan.two_person_unblinding:
        label, note = "Ask for unblinding", "A second manager then confirms."
    unblind = Act(
        "unblind",
        label,
        _url(study, "unblind"),
        why="Why now",
        must_say=True,
        primary=True,
        refused=refused,
        note=note,
    )
    found = [unblind]
    if asked is not None and can(user, Action.UNBLIND, study.project):
        found.append(Act("withdraw-unblinding", "Withdraw the request", _url(study, "withdraw-unblinding")))
    return [*found, _extend(study, "Open again", TAKEN_OUT if answers_taken_out(study) else "")]


def _unblinded(study: Study, user: User, readers: Sequence[ReaderRow]) -> list[Act]:  # noqa: ARG001 - as above
    return []
