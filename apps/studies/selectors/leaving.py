"""How readers left a study, and whether reading went on after it had been closed once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef

from apps.accounts.models import AuditEvent
from apps.core.models import Erasure, ErasureKind
from apps.studies.models import Enrolment, State, Study, Transition

OF_A_STUDY_ONCE_CLOSED = Exists(Transition.objects.filter(study=OuterRef("study"), to_state=State.CLOSED))
"""Of enrolments: the answers could be taken out of their study, whatever its state now."""


@dataclass(frozen=True, slots=True)
class Left:
    """How many readers left a study, by how: by themselves, by its staff, with their accounts.

    ``erased`` went before the study was closed, and their answers with them; those of ``erased_counted`` were known
    by then, and count.
    """

    withdrew: int
    ended: int
    erased: int
    erased_counted: int


@dataclass(frozen=True, slots=True)
class Reopening:
    """A closed study that was opened again; ``who`` is S1 for who made the study, S2 ... for others of its staff."""

    at: datetime
    who: str
    why: str


def once_closed(study: Study) -> bool:
    """Return whether a study was ever closed, so that its answers could be taken out."""
    return study.transitions.filter(to_state=State.CLOSED).exists()


def left(study: Study, enrolments: Iterable[Enrolment]) -> Left:
    """Return how readers of a study left it.

    Args:
        study: The study.
        enrolments: All of it.
    """
    erased = set(
        Erasure.objects.filter(
            kind=ErasureKind.PERSON, row__in=[one.reader_id for one in enrolments]
        ).values_list("row", flat=True)
    )
    gone = [one for one in enrolments if one.withdrawn_at is not None]
    acts = AuditEvent.objects.filter(verb="study-reader-withdrawn", target=f"study:{study.public_id}")
    by = dict(acts.values_list("detail__pseudonym", "actor")) if gone else {}
    withdrew = sum(by.get(one.pseudonym) == one.reader_id for one in gone)
    with_account = sum(one.pseudonym not in by and one.reader_id in erased for one in gone)
    standing = sum(one.withdrawn_at is None and one.reader_id in erased for one in enrolments)
    return Left(withdrew, len(gone) - withdrew - with_account, with_account, standing)


def reopenings(study: Study) -> tuple[Reopening, ...]:
    """Return when, by whom and why a closed study was opened again."""
    steps = list(study.transitions.order_by("pk"))
    staff: dict[int | None, str] = {study.created_by_id: "S1"}
    for step in steps:
        if step.who_id is not None:
            staff.setdefault(step.who_id, f"S{len(staff) + 1}")
    return tuple(
        Reopening(step.created_at, staff.get(step.who_id, ""), step.why)
        for step in steps
        if (step.from_state, step.to_state) == (State.CLOSED, State.OPEN)
    )
