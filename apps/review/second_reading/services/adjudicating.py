"""Deciding the cells that two people class differently, without knowing who said what."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F
from django.http import HttpRequest

from apps.accounts import audit
from apps.accounts.models import User
from apps.accounts.permissions import Action, require
from apps.cells import services as cells
from apps.cells.models import Cell, EventKind, LabelEvent
from apps.core.errors import Conflict, DomainError, InvalidInput, NotFound, NotPermitted
from apps.review.models import Adjudication, ReadingState, SecondItem, SecondReading, TableOpening
from apps.review.second_reading import selectors
from apps.review.second_reading.services.references import settle
from apps.slides.selectors import NOTHING_HERE


def decide(
    *,
    actor: User,
    reading: SecondReading,
    item_id: UUID,
    to_class: str | None,
    expected_version: int,
    idempotency_key: str | None = None,
    request: HttpRequest | None = None,
) -> SecondItem:
    """Decide a disagreement, or with None withdraw one's own decision.

    The decision becomes the actor's label on the cell, and the cell a reference cell. Withdrawn, the cell is none any
    more, and the label is undone if the cell still carries the version that it left.

    Args:
        actor: Who decides.
        reading: Of which reading.
        item_id: Which cell, by the id that the reading gives it.
        to_class: Any class of the project's list; None withdraws.
        expected_version: 1 plus the number of decisions that the person saw.
        idempotency_key: Makes a repeated request one decision.
        request: Where it came from.

    Raises:
        NotFound, NotPermitted: the actor may not know, or not decide, this cell.
        InvalidInput: the class is not in the project's list, or there is nothing to withdraw.
        Conflict: somebody decided meanwhile (both values).
        Gone: the cell was removed or replaced.
    """
    item = _item(actor, reading, item_id)
    done = _repeated(actor, item, idempotency_key)
    if done is not None:
        if done.to_class != (to_class or ""):
            raise InvalidInput(
                "This idempotency key was used for another act.", code="idempotency-key-reused"
            )
        return item
    if item.decisions + 1 != expected_version:
        raise _stale(item, to_class)
    last = item.adjudications.order_by("-number").first()
    if to_class is None:
        _refuse_withdrawal(actor, last)
    try:
        with transaction.atomic():
            unmoved = SecondItem.objects.filter(pk=item.pk, decisions=item.decisions)
            if not unmoved.update(decided_class=to_class or "", decisions=item.decisions + 1):
                raise _Decided  # noqa: TRY301 - ends the transaction
            version = _relabel(actor, item, to_class, last, request)
            Adjudication.objects.create(
                item=item,
                actor=actor,
                number=item.decisions + 1,
                to_class=to_class or "",
                cell_version=version,
                idempotency_key=idempotency_key or None,
            )
            settle({item.cell_id: to_class or ""})
    except (_Decided, IntegrityError) as problem:
        item.refresh_from_db()
        if _repeated(actor, item, idempotency_key) is not None:
            return item
        raise _stale(item, to_class) from problem
    item.decided_class, item.decisions = to_class or "", item.decisions + 1
    return item


def undo_decision(
    *,
    actor: User,
    reading: SecondReading,
    idempotency_key: str | None = None,
    request: HttpRequest | None = None,
) -> SecondItem:
    """Withdraw one's last decision of this reading that is still in force; again goes further back.

    Raises:
        InvalidInput: there is nothing left to undo.
        NotFound, NotPermitted, Conflict, Gone: as `decide`.
    """
    mine = Adjudication.objects.filter(item__reading=reading, actor=actor).select_related("item")
    if idempotency_key:
        done = mine.filter(idempotency_key=idempotency_key).first()
        if done is not None:
            return done.item
    in_force = mine.exclude(to_class="").filter(number=F("item__decisions"))
    last = in_force.order_by("-pk").first()
    if last is None:
        raise InvalidInput("You have decided nothing here that could be undone.", code="nothing-to-undo")
    return decide(
        actor=actor,
        reading=reading,
        item_id=last.item.public_id,
        to_class=None,
        expected_version=last.item.decisions + 1,
        idempotency_key=idempotency_key,
        request=request,
    )


def follow_steps(*, actor: User, steps: Sequence[tuple[Cell, LabelEvent]]) -> None:
    """Withdraw the decisions whose labels a person takes back elsewhere, and decide again what comes back by redo.

    Called in the transaction of the undo or redo, with each cell as it is afterwards and the event taken back.

    Raises:
        Conflict: somebody decided meanwhile.
    """
    of_cells = {cell.pk: (cell, event) for cell, event in steps}
    items = SecondItem.objects.filter(
        cell__in=list(of_cells), reading__state=ReadingState.DONE, decisions__gt=0
    ).select_related("reading__project")
    for item in items:
        cell, event = of_cells[item.cell_id]
        last = item.adjudications.order_by("-number").first()
        # A decision is followed by the label that it left, and a withdrawal by the undo of that.
        if last is None or (last.actor_id, last.cell_version) != (actor.pk, event.version_after):
            continue
        if item.decided_class != last.to_class:
            continue  # the decision itself is being withdrawn, and writes its row when this is done
        again = ""
        if not last.to_class:
            before = item.adjudications.filter(number=last.number - 1).first()
            if (
                before is None
                or event.kind != EventKind.UNDO
                or not selectors.reading_is_for(item.reading, actor)
            ):
                continue
            again = before.to_class
        unmoved = SecondItem.objects.filter(pk=item.pk, decisions=item.decisions)
        if not unmoved.update(decided_class=again, decisions=item.decisions + 1):
            raise _stale(item, again or None)
        Adjudication.objects.create(
            item=item, actor=actor, number=item.decisions + 1, to_class=again, cell_version=cell.version
        )
        settle({item.cell_id: again})


def open_table(*, actor: User, reading: SecondReading, request: HttpRequest | None = None) -> None:
    """Let a person see who said what, who then decides nothing of this reading any more.

    Raises:
        NotFound, NotPermitted: as ``require`` with VIEW.
        Conflict: the reading is not done.
    """
    require(actor, Action.VIEW, reading.project)
    if reading.state != ReadingState.DONE:
        raise Conflict("There is nothing to see before the second reader has finished.", code="not-done")
    with transaction.atomic():
        _, first = TableOpening.objects.get_or_create(reading=reading, actor=actor)
        if first:
            audit.record(
                actor=actor,
                verb="second-reading-opened",
                project=reading.project,
                target=f"slide:{reading.slide.public_id}",
                request=request,
            )


def _item(actor: User, reading: SecondReading, item_id: UUID) -> SecondItem:
    """Return a disagreement that the actor may decide."""
    require(actor, Action.LABEL, reading.project)
    if not selectors.reading_is_for(reading, actor):
        raise NotPermitted(
            "Disagreements are decided, once the reading is done, by somebody who is not one of its readers and has "
            "not looked at who said what.",
            code="not-for-you",
        )
    item = selectors.disagreements(reading).select_related("cell").filter(public_id=item_id).first()
    if item is None:
        raise NotFound(NOTHING_HERE)
    if not selectors.to_decide(reading, actor).filter(pk=item.pk).exists():
        raise NotPermitted("You gave this cell a label yourself: a third person decides.", code="not-for-you")
    return item


def _refuse_withdrawal(actor: User, last: Adjudication | None) -> None:
    if last is None or not last.to_class:
        raise InvalidInput("This cell is not decided.", code="nothing-to-withdraw")
    if last.actor_id != actor.pk:
        raise NotPermitted("Somebody else decided this. Decide for the class you see instead.")


def _relabel(
    actor: User,
    item: SecondItem,
    to_class: str | None,
    last: Adjudication | None,
    request: HttpRequest | None,
) -> int | None:
    """Put a decision on the cell, or take one's own off it; return the version that this left, None for none."""
    cell = item.cell
    cell.refresh_from_db(fields=["version"])
    if to_class is None:
        if last is None or cell.version != last.cell_version:
            return None  # somebody labelled the cell since: that label stands
        return cells.undo(
            actor=actor, cell=cell, expected_version=cell.version, request=request
        ).version_after
    return cells.label(
        actor=actor,
        cell=cell,
        to_class=to_class,
        expected_version=cell.version,
        seen_suggestion=False,
        request=request,
    ).version_after


class _Decided(Exception):  # noqa: N818 - it is no error: whoever catches it reads again
    """Somebody decided meanwhile; nothing was written."""


def _repeated(actor: User, item: SecondItem, key: str | None) -> Adjudication | None:
    return item.adjudications.filter(actor=actor, idempotency_key=key).first() if key else None


def _stale(item: SecondItem, yours: str | None) -> DomainError:
    return Conflict(
        f"Somebody decided about this cell meanwhile: {item.decided_class or 'the decision was withdrawn'}.",
        code="conflict",
        detail={
            "yours": yours,
            "current": {"class": item.decided_class or None, "version": item.decisions + 1},
        },
    )
