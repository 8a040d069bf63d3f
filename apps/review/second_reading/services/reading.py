"""What a second reader does: label, undo, finish. Each act is appended; nothing is ever overwritten."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils import timezone

from apps.accounts import audit
from apps.accounts.models import User
from apps.core.errors import Conflict, DomainError, InvalidInput, NotFound
from apps.registry.selectors import classes_for
from apps.review.models import OPEN, ReadingState, SecondItem, SecondLabel, SecondLabelKind, SecondReading
from apps.review.second_reading.selectors import withdrawn
from apps.review.second_reading.services.assigning import refuse_others
from apps.review.second_reading.services.pairing import pair
from apps.slides.selectors import NOTHING_HERE


@dataclass(frozen=True, slots=True)
class _Step:
    """What is to be appended to an item."""

    kind: SecondLabelKind
    to_class: str
    reverts: SecondLabel | None = None
    key: str | None = None


def label(
    *,
    actor: User,
    reading: SecondReading,
    item_id: UUID,
    to_class: str | None,
    expected_version: int,
    idempotency_key: str | None = None,
) -> SecondItem:
    """Give a cell of one's reading a class, or with None take one's own label back.

    Returns:
        The item with its new class and version; of a repeated key, as it stands.

    Raises:
        NotFound, NotPermitted: the reading is not the actor's, or holds no such cell.
        InvalidInput: the class is not in the project's list, or the key stands for another act.
        Conflict: the item moved on since ``expected_version`` (both values), or the reading is finished.
        Gone: the reading was withdrawn.
    """
    item = _item(actor, reading, item_id)
    done = _repeated(item, idempotency_key)
    if done is not None:
        if (done.kind, done.to_class) != (SecondLabelKind.LABEL, to_class or ""):
            raise _key_reused()
        return item
    _refuse_closed(reading)
    if to_class is not None and to_class not in {c.name for c in classes_for(reading.project)}:
        raise InvalidInput(f"“{to_class}” is not a class of this project.", code="unknown-class")
    if item.version != expected_version:
        raise _stale(item, to_class)
    return _append(reading, item, _Step(SecondLabelKind.LABEL, to_class or "", key=idempotency_key))


def undo(*, actor: User, reading: SecondReading, idempotency_key: str | None = None) -> SecondItem:
    """Take back one's last act of this reading that is still in force, by a further one; again goes further back.

    Raises:
        NotFound, NotPermitted, Gone, Conflict: as `label`.
        InvalidInput: there is nothing left to undo, or the key stands for another act.
    """
    refuse_others(actor, reading)
    if idempotency_key:
        done = SecondLabel.objects.filter(item__reading=reading, idempotency_key=idempotency_key)
        repeated = done.select_related("item").first()
        if repeated is not None:
            if repeated.kind != SecondLabelKind.UNDO:
                raise _key_reused()
            return repeated.item
    _refuse_closed(reading)
    last = (
        SecondLabel.objects.filter(
            item__reading=reading, kind=SecondLabelKind.LABEL, reverted_by__isnull=True
        )
        .select_related("item")
        .order_by("-pk")
        .first()
    )
    if last is None:
        raise InvalidInput("You have done nothing here that could be undone.", code="nothing-to-undo")
    step = _Step(SecondLabelKind.UNDO, last.from_class, reverts=last, key=idempotency_key)
    return _append(reading, last.item, step)


def finish(*, actor: User, reading: SecondReading, request: HttpRequest | None = None) -> SecondReading:
    """Say that one's reading is complete: from now on it does not change, and is compared with the first labels.

    Raises:
        NotFound, NotPermitted: the reading is not the actor's.
        InvalidInput: cells have no label yet.
        Conflict: it is finished already.
        Gone: it was withdrawn.
    """
    refuse_others(actor, reading)
    _refuse_closed(reading)
    with transaction.atomic():
        # First of all: a label that is being written meanwhile waits, and finds the reading closed.
        moved = SecondReading.objects.filter(pk=reading.pk, state__in=OPEN).update(
            state=ReadingState.DONE, done_at=timezone.now()
        )
        reading.refresh_from_db(fields=["state", "done_at", "started_at"])
        if not moved:
            _refuse_closed(reading)
        left = reading.items.filter(current_class="").count()
        if left:
            raise InvalidInput(
                f"{left} cell{'s have' if left > 1 else ' has'} no class yet. "
                "Use “Not classed” for a cell of which you cannot tell.",
                code="not-complete",
                detail={"left": left},
            )
        paired = pair(reading)
        audit.record(
            actor=actor,
            verb="second-reading-done",
            project=reading.project,
            target=f"slide:{reading.slide.public_id}",
            detail={"cells": reading.items.count(), "compared": paired},
            request=request,
        )
    return reading


def _item(actor: User, reading: SecondReading, item_id: UUID) -> SecondItem:
    refuse_others(actor, reading)
    item = reading.items.filter(public_id=item_id).first()
    if item is None:
        raise NotFound(NOTHING_HERE)
    return item


def _append(reading: SecondReading, item: SecondItem, step: _Step) -> SecondItem:
    """Move the item on from the version read and append the act, both or none."""
    before = item.current_class
    try:
        with transaction.atomic():
            # Locks the reading, so that it cannot be finished or withdrawn in the midst of this.
            open_ = SecondReading.objects.filter(pk=reading.pk, state__in=OPEN)
            if not open_.update(
                state=ReadingState.READING, started_at=Coalesce("started_at", timezone.now())
            ):
                reading.refresh_from_db(fields=["state"])
                _refuse_closed(reading)
            unmoved = SecondItem.objects.filter(pk=item.pk, version=item.version)
            if not unmoved.update(current_class=step.to_class, version=item.version + 1):
                raise _Moved  # noqa: TRY301 - ends the transaction
            SecondLabel.objects.create(
                item=item,
                kind=step.kind,
                from_class=before,
                to_class=step.to_class,
                version_after=item.version + 1,
                reverts=step.reverts,
                idempotency_key=step.key or None,
            )
    except (_Moved, IntegrityError) as problem:
        item.refresh_from_db()
        done = _repeated(item, step.key)
        if done is not None and (done.kind, done.to_class) == (step.kind, step.to_class):
            return item
        raise _stale(item, step.to_class or None) from problem
    item.current_class, item.version = step.to_class, item.version + 1
    return item


class _Moved(Exception):  # noqa: N818 - it is no error: whoever catches it reads again
    """The item has moved on since it was read; nothing was written."""


def _repeated(item: SecondItem, key: str | None) -> SecondLabel | None:
    return item.labels.filter(idempotency_key=key).first() if key else None


def _refuse_closed(reading: SecondReading) -> None:
    if reading.state == ReadingState.WITHDRAWN:
        raise withdrawn()
    if reading.state == ReadingState.DONE:
        raise Conflict("You have finished this reading; it does not change any more.", code="finished")


def _stale(item: SecondItem, yours: str | None) -> DomainError:
    stands = item.current_class or "no label"
    return Conflict(
        f"You changed this cell in another window; it carries {stands} now.",
        code="conflict",
        detail={"yours": yours, "current": {"class": item.current_class or None, "version": item.version}},
    )


def _key_reused() -> InvalidInput:
    return InvalidInput("This idempotency key was used for another act.", code="idempotency-key-reused")
