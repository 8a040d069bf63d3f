"""A list of labels in one request: what the bulk moves of a page send.

The list is read by hand: the framework's nested serializers would take as long as all the rest of the request. What
it takes is what `serializers.LabelListInput` describes, and a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from rest_framework import exceptions

from apps.accounts.models import Project, User
from apps.cells.models import Cell
from apps.cells.services import MOST_AT_ONCE, LabelAct, Outcome
from apps.core.errors import NotFound, NotPermitted
from apps.registry.models import CellClass
from apps.registry.selectors import classes_for
from apps.review import document
from apps.review.acts import acts_json
from apps.slides.models import Slide

LONGEST_CLASS = 40
LONGEST_KEY = 64

_NOT_FOR_YOU = frozenset({NotFound.default_code, NotPermitted.default_code})
_FIELDS = frozenset({"cell", "to", "version", "seen_suggestion", "suggestion", "idempotency_key", "act"})


def acts_in(body: Any) -> list[LabelAct]:
    """Return the acts that a request asks for.

    Raises:
        exceptions.ValidationError: with the place of each entry that makes no sense.
    """
    given = body.get("labels") if isinstance(body, Mapping) else None
    if not isinstance(given, list):
        raise exceptions.ValidationError({"labels": ["A list of labels is needed."]})
    if not 1 <= len(given) <= MOST_AT_ONCE:
        raise exceptions.ValidationError({"labels": [f"From 1 to {MOST_AT_ONCE} labels, not {len(given)}."]})
    try:
        act = None if body.get("act") is None else _uuid("act", body["act"])
    except ValueError as problem:
        raise exceptions.ValidationError({"act": [str(problem)]}) from None
    if not body.keys() <= {"labels", "act"}:
        raise exceptions.ValidationError({"labels": ["Beside labels there is only act."]})
    acts, problems = [], {}
    for place, entry in enumerate(given):
        try:
            acts.append(_act(entry, act))
        except ValueError as problem:
            problems[str(place)] = [str(problem)]
    if problems:
        raise exceptions.ValidationError({"labels": problems})
    return acts


def _act(entry: Any, act: UUID | None) -> LabelAct:
    if not isinstance(entry, Mapping):
        raise ValueError("An object is needed.")  # noqa: TRY004 - one kind of error for all that makes no sense
    if not entry.keys() <= _FIELDS:
        raise ValueError(f"Unknown: {', '.join(sorted(map(str, entry.keys() - _FIELDS)))}.")
    version, seen = entry.get("version"), entry.get("seen_suggestion")
    if type(version) is not int or version < 1:
        raise ValueError("version must be a whole number from 1.")
    if type(seen) is not bool:
        raise ValueError("seen_suggestion must be true or false.")
    if "to" not in entry:
        raise ValueError("to is missing: a class, or null to withdraw.")
    suggestion = entry.get("suggestion")
    return LabelAct(
        cell=_uuid("cell", entry.get("cell")),
        to_class=_text("to", entry["to"], LONGEST_CLASS),
        expected_version=version,
        seen_suggestion=seen,
        suggestion=None if suggestion is None else _uuid("suggestion", suggestion),
        idempotency_key=_text("idempotency_key", entry.get("idempotency_key"), LONGEST_KEY),
        act=act if entry.get("act") is None else _uuid("act", entry["act"]),
    )


def _uuid(name: str, value: Any) -> UUID:
    if isinstance(value, str):
        try:
            return UUID(value)
        except ValueError:
            pass
    raise ValueError(f"{name} must be an id.")


def _text(name: str, value: Any, longest: int) -> str | None:
    if value is None:
        return None
    # PostgreSQL takes no text with a null character.
    if not isinstance(value, str) or not 1 <= len(value) <= longest or "\x00" in value:
        raise ValueError(f"{name} must be a text of 1 to {longest} characters, or null.")
    return value


def refuse_strangers(outcomes: list[Outcome]) -> None:
    """Raise when the person may act on none of the cells: then it is the request that is refused."""
    errors = [outcome.error for outcome in outcomes if outcome.error is not None]
    if len(errors) == len(outcomes) and {error.code for error in errors} <= _NOT_FOR_YOU:
        raise errors[0]


def answer(outcomes: list[Outcome], user: User) -> dict[str, Any]:
    """Return what became of each act; count and acts of the slide when all the cells found lie on one."""
    classes: dict[int, list[CellClass]] = {}
    letters: dict[int, dict[str, str]] = {}

    def classes_of(project: Project) -> list[CellClass]:
        if project.pk not in classes:
            classes[project.pk] = classes_for(project)
            letters[project.pk] = {c.name: c.letter for c in classes[project.pk]}
        return classes[project.pk]

    done = [outcome.cell for outcome in outcomes if outcome.cell is not None]
    for cell in done:
        classes_of(cell.project)
    rows = acts = None
    slides = {cell.slide_pk for cell in done}
    if len(slides) == 1:
        project, own = done[0].project, classes_of(done[0].project)
        rows = document.counts_json(document.counts_of(done[0].slide_pk, own, user=user, project=project))
        if done[0].slide_pk is not None:
            slide = Slide(pk=done[0].slide_pk, project_id=project.pk)  # which is all that is asked of it
            acts = acts_json(user=user, scope=slide, classes=own)
    return {
        "results": [_result(outcome, outcome.cell, letters) for outcome in outcomes],
        "counts_rows": rows,
        "acts": acts,
    }


def _result(outcome: Outcome, cell: Cell | None, letters: Mapping[int, Mapping[str, str]]) -> dict[str, Any]:
    if cell is None:
        error = outcome.error
        return {
            "cell": str(outcome.act.cell),
            "status": error.status if error else 404,
            "error": {"code": error.code, "message": error.message, "detail": error.detail}
            if error
            else None,
        }
    return {
        "cell": str(outcome.act.cell),
        "status": 200,
        "class": cell.current_class or cell.suggested_class,
        "letter": document.letter_of(cell, letters[cell.project_id]),
        "review_state": cell.review_state,
        "version": cell.version,
    }
