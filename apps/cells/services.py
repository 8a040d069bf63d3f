"""Human acts on cells: label, withdraw, undo, mark as seen. Each is one transaction and one appended event.

The lock is a conditional update on the cell's version: it works alike on SQLite (where ``select_for_update`` does
nothing) and PostgreSQL, and a person who acts on what is no longer there gets a `Conflict` with both values.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple
from uuid import UUID

from django.db import transaction
from django.http import HttpRequest

from apps.accounts import audit
from apps.accounts.models import User
from apps.accounts.permissions import Action, require
from apps.cells.models import Cell, EventKind, LabelEvent, ReviewState, SeenMark
from apps.core.errors import Conflict, Gone, InvalidInput, NotFound, NotPermitted
from apps.core.registries import after_label
from apps.registry.selectors import classes_for
from apps.slides.models import Slide

# Below SQLite's smallest limit on the variables of one statement.
_CHUNK = 500


class _Shown(NamedTuple):
    """The model version whose suggestion an act goes by (primary key), and whether it was on the person's screen."""

    model_version_id: int | None
    seen: bool


def label(
    *,
    actor: User,
    cell: Cell,
    to_class: str | None,
    expected_version: int,
    seen_suggestion: bool,
    suggestion: UUID | None = None,
    idempotency_key: str | None = None,
    request: HttpRequest | None = None,
) -> LabelEvent:
    """Give a cell a class by hand, or withdraw one's own label with ``to_class=None``.

    ``suggestion`` names the model version (by public id) whose suggestion the person had on screen: a newer model
    may have spoken since, without moving the cell's version. Without a name, ``seen_suggestion`` is believed only
    while one model alone has ever spoken about the cell.

    A repeated ``idempotency_key`` of the same person returns the event of the first time and changes nothing.

    Returns:
        The appended event; its ``cell`` carries the new class and version.

    Raises:
        NotFound: the person may not know the cell.
        NotPermitted: the person may see but not label, or the label to withdraw is somebody else's.
        InvalidInput: the class is not in the project's list, there is no label to withdraw, or the model named
            never spoke about this cell.
        Conflict: somebody changed the cell since ``expected_version``; ``detail`` holds both values.
        Gone: a later analysis replaced the cell.
    """
    with transaction.atomic():
        current = _writable(actor=actor, cell=cell)
        kind = EventKind.WITHDRAW if to_class is None else EventKind.LABEL
        repeated = _repeated(
            actor=actor, cell=current, kind=kind, to_class=to_class or "", idempotency_key=idempotency_key
        )
        if repeated is not None:
            return repeated
        _refuse_stale(cell=current, yours=to_class, expected_version=expected_version)
        if to_class is None:
            _refuse_withdrawal_of_others(actor=actor, cell=current)
        elif to_class not in {c.name for c in classes_for(current.project)}:
            raise InvalidInput(f"“{to_class}” is not a class of this project.", code="unknown-class")
        return _append(
            actor=actor,
            cell=current,
            kind=kind,
            to_class=to_class or "",
            shown=_shown(cell=current, suggestion=suggestion, claimed=seen_suggestion),
            idempotency_key=idempotency_key,
            request=request,
        )


def withdraw(
    *,
    actor: User,
    cell: Cell,
    expected_version: int,
    seen_suggestion: bool,
    suggestion: UUID | None = None,
    idempotency_key: str | None = None,
    request: HttpRequest | None = None,
) -> LabelEvent:
    """Take one's own label back: the cell counts as the model suggests again. Raises as `label`."""
    return label(
        actor=actor,
        cell=cell,
        to_class=None,
        expected_version=expected_version,
        seen_suggestion=seen_suggestion,
        suggestion=suggestion,
        idempotency_key=idempotency_key,
        request=request,
    )


def undo(
    *,
    actor: User,
    cell: Cell,
    expected_version: int,
    idempotency_key: str | None = None,
    request: HttpRequest | None = None,
) -> LabelEvent:
    """Revert the actor's last act on the cell by a new event, if the cell still carries the version they left.

    Repeating it steps further back through the actor's own acts.

    Raises:
        NotFound: the person may not know the cell.
        NotPermitted: the person may see but not label.
        InvalidInput: the actor has no act on this cell that is left to undo.
        Conflict: somebody changed the cell since; ``detail`` holds both values.
    """
    with transaction.atomic():
        current = _writable(actor=actor, cell=cell)
        repeated = _repeated(actor=actor, cell=current, kind=EventKind.UNDO, idempotency_key=idempotency_key)
        if repeated is not None:
            return repeated
        events = list(current.events.select_related("actor").order_by("version_after"))
        acts = acts_in_force(events)
        if not any(act.actor_id == actor.pk for act in acts):
            raise InvalidInput(
                "You have done nothing to this cell that could be undone.", code="nothing-to-undo"
            )
        reverted = acts[-1]
        left_by_actor = events[-1].actor_id == actor.pk and reverted.actor_id == actor.pk
        if not left_by_actor:
            raise _conflict(cell=current, yours=None)
        _refuse_stale(cell=current, yours=reverted.from_class or None, expected_version=expected_version)
        return _append(
            actor=actor,
            cell=current,
            kind=EventKind.UNDO,
            to_class=reverted.from_class,
            shown=_Shown(reverted.model_version_id, reverted.seen_suggestion),
            idempotency_key=idempotency_key,
            reverts=reverted,
            request=request,
        )


def mark_seen(*, actor: User, slide: Slide, cell_ids: Iterable[UUID]) -> int:
    """Record that cells of a slide have been on the actor's screen; return how many were new to the actor.

    Ids that are not standing cells of the slide are passed over: they may have been replaced meanwhile.

    Raises:
        NotFound: the person may not know the slide.
        NotPermitted: the person may see but not label; only a reviewer's look counts.
    """
    require(actor, Action.LABEL, slide.project)
    wanted = list(dict.fromkeys(cell_ids))
    newly_seen = 0
    for start in range(0, len(wanted), _CHUNK):
        newly_seen += _mark_chunk_seen(actor=actor, slide=slide, cell_ids=wanted[start : start + _CHUNK])
    return newly_seen


def acts_in_force(events: Sequence[LabelEvent]) -> list[LabelEvent]:
    """Return the acts that no undo reverted, oldest first, given all events of one cell in order.

    An undo always reverts the newest act in force, so the history reads like a stack. Acceptance at sign-off is
    not an act on the label and does not appear.
    """
    acts: list[LabelEvent] = []
    for event in events:
        if event.kind == EventKind.UNDO:
            acts.pop()
        elif event.kind != EventKind.ACCEPTED:
            acts.append(event)
    return acts


def _mark_chunk_seen(*, actor: User, slide: Slide, cell_ids: Sequence[UUID]) -> int:
    """Insert the missing marks of at most `_CHUNK` cells and move untouched cells on to seen."""
    with transaction.atomic():
        cells = Cell.objects.visible_to(actor).standing().filter(field__slide=slide, public_id__in=cell_ids)
        known = set(SeenMark.objects.filter(actor=actor, cell__in=cells).values_list("cell_id", flat=True))
        new = [pk for pk in cells.values_list("pk", flat=True) if pk not in known]
        SeenMark.objects.bulk_create((SeenMark(cell_id=pk, actor=actor) for pk in new), ignore_conflicts=True)
        Cell.objects.filter(pk__in=new, review_state=ReviewState.SUGGESTED).update(
            review_state=ReviewState.SEEN
        )
    return len(new)


def _writable(*, actor: User, cell: Cell) -> Cell:
    """Return the cell as the database has it now, after asking whether the actor may label it."""
    found = Cell.objects.visible_to(actor).select_related("project").filter(pk=cell.pk).first()
    if found is None:
        raise NotFound("There is no such cell.")
    require(actor, Action.LABEL, found.project)
    if found.retired_at is not None:
        raise Gone("A later analysis replaced this cell. Load the slide again to see what stands there now.")
    return found


def _repeated(
    *, actor: User, cell: Cell, kind: EventKind, to_class: str | None = None, idempotency_key: str | None
) -> LabelEvent | None:
    """Return the event that this key already made, if any; ``to_class`` is not compared for an undo."""
    if not idempotency_key:
        return None
    event = LabelEvent.objects.filter(actor=actor, idempotency_key=idempotency_key).first()
    if event is None:
        return None
    same = event.cell_id == cell.pk and event.kind == kind and to_class in {None, event.to_class}
    if not same:
        raise InvalidInput("This idempotency key was used for another act.", code="idempotency-key-reused")
    event.cell = cell
    return event


def _shown(*, cell: Cell, suggestion: UUID | None, claimed: bool) -> _Shown:
    """Return which model's suggestion an act goes by, and whether the person saw it as the page claims."""
    if suggestion is not None:
        version_id = (
            cell.suggestions.filter(model_version__public_id=suggestion)
            .values_list("model_version_id", flat=True)
            .first()
        )
        if version_id is None:
            raise InvalidInput("The model named made no suggestion for this cell.", code="unknown-suggestion")
        return _Shown(version_id, claimed)
    # Nobody has seen a suggestion that was never made, and which of several was on screen nobody can tell.
    others = cell.suggestions.exclude(model_version_id=cell.classifier_version_id)
    seen = claimed and bool(cell.suggested_class) and not others.exists()
    return _Shown(cell.classifier_version_id, seen)


def _refuse_stale(*, cell: Cell, yours: str | None, expected_version: int) -> None:
    """Raise `Conflict` when the cell is not the one the person saw."""
    if cell.version != expected_version:
        raise _conflict(cell=cell, yours=yours)


def _refuse_withdrawal_of_others(*, actor: User, cell: Cell) -> None:
    """Raise unless the label in force is the actor's own."""
    if not cell.current_class:
        raise InvalidInput("This cell carries no label that could be withdrawn.", code="nothing-to-withdraw")
    acts = acts_in_force(list(cell.events.select_related("actor").order_by("version_after")))
    if acts[-1].actor_id != actor.pk:
        raise NotPermitted(
            f"This label is by {acts[-1].actor.display_name}. Give the cell the class you see instead.",
            code="not-your-label",
        )


def _append(
    *,
    actor: User,
    cell: Cell,
    kind: EventKind,
    to_class: str,
    shown: _Shown,
    idempotency_key: str | None = None,
    reverts: LabelEvent | None = None,
    request: HttpRequest | None = None,
) -> LabelEvent:
    """Move the cell on from the version just read and append the event, or raise `Conflict` when somebody was first."""
    state = ReviewState.LABELLED if to_class else ReviewState.SEEN
    version_after = cell.version + 1
    moved = Cell.objects.filter(pk=cell.pk, version=cell.version, retired_at__isnull=True).update(
        current_class=to_class, review_state=state, version=version_after
    )
    if not moved:
        # Somebody was faster between our read and our write: perhaps a retry of this very request.
        now = _writable(actor=actor, cell=cell)
        repeated = _repeated(
            actor=actor, cell=now, kind=kind, to_class=to_class, idempotency_key=idempotency_key
        )
        if repeated is not None:
            return repeated
        raise _conflict(cell=now, yours=to_class or None)
    event = LabelEvent.objects.create(
        cell=cell,
        actor=actor,
        kind=kind,
        from_class=cell.current_class,
        to_class=to_class,
        seen_suggestion=shown.seen,
        model_version_id=shown.model_version_id,
        version_after=version_after,
        reverts=reverts,
        idempotency_key=idempotency_key or None,
    )
    audit.record(
        actor=actor,
        verb="labelled",
        project=cell.project,
        target=f"cell:{cell.public_id}",
        detail={"act": kind.value, "from": cell.current_class, "to": to_class, "version": version_after},
        request=request,
    )
    cell.current_class, cell.review_state, cell.version = to_class, state, version_after
    after_label.run(cell=cell, event=event)
    return event


def _conflict(*, cell: Cell, yours: str | None) -> Conflict:
    """Return the error that shows a person their value and the one that stands."""
    newest = cell.events.select_related("actor").order_by("-version_after").first()
    by = newest.actor.display_name if newest else ""
    stands = cell.current_class or "no label"
    return Conflict(
        f"{by or 'Somebody'} changed this cell meanwhile; it carries {stands} now.",
        code="conflict",
        detail={
            "yours": yours,
            "current": {
                "class": cell.current_class or None,
                "version": cell.version,
                "review_state": cell.review_state,
                "by": by,
                "at": newest.created_at.isoformat() if newest else None,
            },
        },
    )
