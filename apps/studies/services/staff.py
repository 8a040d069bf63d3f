"""Who may do something to a study, and the one way to take a step of its life."""

from __future__ import annotations

from typing import Any

from django.db.models import F
from django.http import HttpRequest
from django.utils import timezone

from apps.accounts import audit
from apps.accounts.models import Project, User
from apps.accounts.permissions import Action, require
from apps.core.errors import Conflict, InvalidInput, NotPermitted
from apps.studies.models import Enrolment, State, Study, Transition

_MOST_WHY = 500

_HAS_ITS_TIME = {
    State.PREPARED: "prepared_at",
    State.LOCKED: "locked_at",
    State.OPEN: "opened_at",
    State.CLOSED: "closed_at",
    State.UNBLINDED: "unblinded_at",
}


def refuse_others(actor: User, study: Study, action: Action = Action.STUDY) -> None:
    """Let those pass who may design studies of the project, but nobody who reads one of them.

    Raises:
        NotFound, NotPermitted: for everybody else.
    """
    require(actor, action, study.project)
    refuse_readers(actor, study.project)


def refuse_readers(actor: User, project: Project) -> None:
    """Let those pass who read no study of a project of which the key is still closed: its studies may share cells.

    Raises:
        NotPermitted: for everybody else.
    """
    reads = Enrolment.objects.filter(reader=actor, withdrawn_at=None, study__project=project)
    if reads.exclude(study__state=State.UNBLINDED).exists():
        raise NotPermitted(
            "You read a study of this project: until it is unblinded, others design its studies and look after them.",
            code="reader",
        )


def said(why: str, *, needed: str = "") -> str:
    """Return a reason as it is kept.

    Args:
        why: What the person wrote.
        needed: A sentence to refuse an empty one with; without it there need be none.

    Raises:
        InvalidInput: it is missing or too long.
    """
    why = " ".join(why.split())
    if needed and not why:
        raise InvalidInput(needed, code="why")
    if len(why) > _MOST_WHY:
        raise InvalidInput(f"A reason has at most {_MOST_WHY} characters.", code="why")
    return why


def step(
    *,
    actor: User | None,
    study: Study,
    to: State,
    why: str,
    verb: str,
    from_: tuple[State, ...],
    request: HttpRequest | None = None,
    detail: dict[str, Any] | None = None,
    **changes: Any,
) -> Study:
    """Take a study from one state to another with its record; runs in the caller's transaction.

    ``detail`` goes into the site's record beside the reason, ``changes`` into the row.

    Raises:
        Conflict: the study is in no state from which this can be done.
    """
    was = State(study.state)
    if was in _HAS_ITS_TIME and to == State.DRAFT:
        changes.setdefault("prepared_at", None)
    if (when := _HAS_ITS_TIME.get(to)) and was != to:
        changes.setdefault(when, timezone.now())
    moved = (
        Study.objects.filter(pk=study.pk, state=was).update(
            state=to, version=F("version") + 1, updated_at=timezone.now(), **changes
        )
        if was in from_
        else 0
    )
    if not moved:
        study.refresh_from_db(fields=["state"])
        raise not_now(study)
    Transition.objects.create(study=study, from_state=was, to_state=to, who=actor, why=why)
    kept = {**({"why": why} if why else {}), **(detail or {})}
    record(actor=actor, study=study, verb=verb, detail=kept, request=request)
    study.refresh_from_db()
    return study


def thrown_away(study: Study) -> dict[str, Any]:
    """Return what stays on record of an audit that is thrown away: whoever draws anew until a figure suits is seen.

    The digest of the pictures and the areas under the curve of the second gate; nothing without an audit.
    """
    stored = study.audit or {}
    if "images" not in stored:
        return {}
    figures = ("family", "between", "auc", "p_holm")
    content = [{name: one[name] for name in figures if one.get(name, "") != ""} for one in stored["content"]]
    return {"images": stored["images"], "content": content}


def redrafts(study: Study) -> int:
    """Return how often a study was taken back to a draft after it had been prepared."""
    return study.transitions.filter(from_state=State.PREPARED, to_state=State.DRAFT).count()


def held(study: Study) -> Study:
    """Read a study anew and hold its row until the caller's transaction ends; return it."""
    Study.objects.select_for_update(of=("self",), no_key=True).get(pk=study.pk)
    study.refresh_from_db()
    return study


def record(
    *,
    actor: User | None,
    study: Study,
    verb: str,
    detail: dict[str, Any] | None = None,
    request: HttpRequest | None = None,
) -> None:
    """Append to the site's record what was done to a study."""
    audit.record(
        actor=actor,
        verb=verb,
        project=study.project,
        target=f"study:{study.public_id}",
        detail=detail,
        request=request,
    )


def not_now(study: Study) -> Conflict:
    """Return the error for what cannot be done to a study in its state."""
    return Conflict(
        f"This cannot be done now: the study is {study.get_state_display().lower()}.",
        code="state",
        detail={"state": study.state},
    )
