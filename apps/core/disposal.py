"""Removing stored files for good: after the rows that named them, never one that is named, never during a backup.

A backup copies the database first and the files after it. While it does, every file that the copy names must stay:
it takes a hold, and what would be removed is entered as doomed instead. Whoever removes a file does so after the
transaction that took its name away, so a file that is removed in spite of the hold was nameless before the copy.
"""

import logging
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import Error, connection, connections, transaction
from django.db.models import DateTimeField, ExpressionWrapper, QuerySet
from django.db.models.expressions import Combinable
from django.db.models.functions import Now

from apps.core import storage
from apps.core.errors import Unavailable
from apps.core.models import DoomedObject, Hold
from apps.core.object_names import still_named

logger = logging.getLogger(__name__)

HOLD_LASTS = timedelta(minutes=5)
_RENEW_S = 60.0
_BATCH = 5_000
_FORGET = 500  # below SQLite's smallest limit on the variables of one statement
_ROUND_S = 10.0  # the schedule's round must be short; the next one goes on


def doom(keys: Iterable[str]) -> None:
    """Enter files that are to be removed, in the transaction that removes the rows which named them."""
    rows = (DoomedObject(key=key) for key in dict.fromkeys(keys) if key)
    DoomedObject.objects.bulk_create(rows, batch_size=500, ignore_conflicts=True)


def remove_rows(rows: QuerySet[Any]) -> int:
    """Delete rows as they are, and nothing that points at them: the caller has seen to that; return how many.

    Django's own deletion would read every row and refuse where rows of one table point at each other. What still
    points at one is refused by the database when the transaction ends.
    """
    return int(rows._raw_delete(rows.db) or 0)  # noqa: SLF001 - Django keeps this for its own fast deletes


def held() -> bool:
    """Return whether a backup is being made: nothing may be removed from the store now."""
    return Hold.objects.filter(expires_at__gt=Now()).exists()


def put_off(keys: Iterable[str]) -> bool:
    """Enter files as doomed when nothing may be removed now; return whether that was so."""
    try:
        if not held():
            return False
        doom(keys)
    except Error:
        # Without the database nobody knows whether a backup runs. A file too many harms nobody.
        logger.warning("Files stay in the store: the database does not answer", exc_info=True)
    return True


def remove_doomed(*, seconds: float = _ROUND_S) -> int:
    """Remove doomed files that no row names, for so many seconds at most; return how many.

    One that is named, because two rows share it, is struck off the list and stays.
    """
    until = time.monotonic() + seconds
    removed = 0
    while time.monotonic() < until:
        doomed = list(DoomedObject.objects.values_list("pk", "key")[:_BATCH])
        if not doomed or held():
            break
        shared = still_named(key for _, key in doomed)
        done = []
        for pk, key in doomed:
            if key not in shared:
                storage.current().delete(key)
                removed += 1
            done.append(pk)
            if time.monotonic() > until:
                break
        for start in range(0, len(done), _FORGET):
            DoomedObject.objects.filter(pk__in=done[start : start + _FORGET]).delete()
    return removed


class HoldLost(Unavailable):
    """The hold ran out before its work was done, so files may have been removed meanwhile."""


@contextmanager
def hold() -> Iterator[None]:
    """Keep every file in the store while the block runs; several holds may stand at once.

    Renewed from a thread. A process that is killed leaves a hold that runs out by itself within minutes.

    Raises:
        HoldLost: at the end, when the hold ran out meanwhile: the machine slept, or the database did not answer.
    """
    if not _table_is_there():
        # An older database, on the way to this version: what removes files there knows of no hold either.
        yield
        return
    token = Hold.objects.create(expires_at=_later()).token
    ended = threading.Event()
    renewer = threading.Thread(target=_renew, args=(token, ended), name="hold", daemon=True)
    renewer.start()
    try:
        yield
        if not _extend(token):
            raise HoldLost(
                "The backup took a pause that was too long for it to be sound, and was given up. Start it again."
            )
    finally:
        ended.set()
        renewer.join()
        Hold.objects.filter(token=token).delete()


def _renew(token: UUID, ended: threading.Event) -> None:
    try:
        while not ended.wait(_RENEW_S):
            try:
                _extend(token)
            except Error:
                logger.warning("The hold could not be renewed yet", exc_info=True)
                connections.close_all()
    finally:
        connections.close_all()


def _extend(token: UUID) -> bool:
    """Prolong a hold that still stands; one that ran out stays so."""
    with transaction.atomic():
        standing = Hold.objects.filter(token=token, expires_at__gt=Now())
        return bool(standing.update(expires_at=_later()))


def _later() -> Combinable:
    """Return the database's time when a hold taken now runs out: hosts need not agree on theirs."""
    return ExpressionWrapper(Now() + HOLD_LASTS, output_field=DateTimeField())


def _table_is_there() -> bool:
    return Hold._meta.db_table in connection.introspection.table_names()  # noqa: SLF001 - documented by Django
