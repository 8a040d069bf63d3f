"""Who and what was erased for good, kept beside the backups: an older one must not bring anybody back.

The list holds opaque identifiers and nothing else. What was removed from the trash is not in it: bringing that back
may be the very reason for restoring.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from django.db import connection

from apps.accounts.models import User
from apps.accounts.services import erase_person
from apps.backups.manifest import ERASURES
from apps.core.models import Erasure, ErasureKind
from apps.slides.models import Specimen
from apps.slides.services.erasing import enter_erasure

_REPEATED = (ErasureKind.PERSON, ErasureKind.SPECIMEN)


@dataclass(frozen=True, slots=True)
class Erased:
    """Something that was erased: its kind, its name in the audit, and when (ISO 8601)."""

    kind: str
    target: str
    at: str


def write_list(place: Path) -> None:
    """Write the list of what has been erased so far beside the backups, together with what is on it already."""
    if Erasure._meta.db_table not in connection.introspection.table_names():  # noqa: SLF001 - documented by Django
        return
    found = {erased.target: erased for erased in read_list(place)}
    for erasure in Erasure.objects.filter(kind__in=_REPEATED):
        at = erasure.created_at.isoformat(timespec="seconds")
        found.setdefault(erasure.target, Erased(erasure.kind, erasure.target, at))
    fresh = place / f".{ERASURES}.new"
    rows = [
        {"kind": erased.kind, "target": erased.target, "at": erased.at}
        for erased in sorted(found.values(), key=lambda erased: erased.at)
    ]
    fresh.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    fresh.replace(place / ERASURES)


def read_list(place: Path) -> list[Erased]:
    """Return the list beside the backups; empty when there is none.

    Raises:
        ValueError: when the file is damaged.
    """
    path = place / ERASURES
    if not path.is_file():
        return []
    return [Erased(**values) for values in json.loads(path.read_text(encoding="utf-8"))]


def repeat(place: Path) -> int:
    """Erase from a restored site what the list beside its backup says was erased; return how many that were."""
    done = 0
    for erased in read_list(place):
        if Erasure.objects.filter(target=erased.target).exists():
            continue
        kind, _, public_id = erased.target.partition(":")
        if kind == "user":
            done += _erase_person(UUID(public_id))
        elif kind == "specimen":
            done += _erase_specimen(UUID(public_id))
    return done


def _erase_person(public_id: UUID) -> bool:
    user = User.objects.filter(public_id=public_id).first()
    if user is not None:
        erase_person(actor=None, user=user)
    return user is not None


def _erase_specimen(public_id: UUID) -> bool:
    """Enter the erasure: the schedule of the site queues the removal, and nobody sees the slides until then."""
    specimen = Specimen.objects.filter(public_id=public_id).first()
    if specimen is not None:
        enter_erasure(specimen=specimen)
    return specimen is not None
