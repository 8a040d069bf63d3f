"""Readings of a study as raw rows, and as trials of the analysis: the one place where answers meet the key.

A row is one image shown to one reader: what was answered first and last, when, and how long it took. The second
sitting of a study with two shows every image again and asks the other question; here the two are one row.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.db.models import Count, F

from apps.studies.models import ModelReading, Reading, Slot, Study, StudyCase, Viewing
from apps.studies.results.shapes import CANNOT_TELL, Trial
from apps.studies.truth import CaseKey

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Key:
    """What the key says of a case; ``first`` is the code of the case that a hidden repeat shows again."""

    intended: str
    origin: str
    arm: str
    stratum: str
    generator: str
    first: str


@dataclass(frozen=True, slots=True)
class Row:
    """One image shown to one reader, raw; ``key`` is None before unblinding. See the code book for the meanings."""

    reader: str
    position: int
    block: int
    case: str
    practice: bool
    control: bool
    replicate: int
    image_digest: str
    answer: str = ""
    realism: int | None = None
    reason: str = ""
    final_answer: str = ""
    final_realism: int | None = None
    revisions: int = 0
    answered_at: datetime | None = None
    times: Json = field(default_factory=dict)
    realism_position: int | None = None
    realism_answered_at: datetime | None = None
    realism_times: Json = field(default_factory=dict)
    model: bool = False
    probability: float | None = None
    key: Key | None = None

    @property
    def seconds(self) -> float | None:
        """Return how long the first answer took by the page's own clock; None of an interrupted trial."""
        return elapsed(self.times)

    @property
    def hidden(self) -> float:
        """Return for how many seconds of that the page was not visible."""
        return _ms(self.times, "hidden_ms") or 0.0

    @property
    def interrupted(self) -> bool:
        """Return whether the reader paused or left with the image on screen, or loaded the page again."""
        return self.times.get("interrupted") is True


def elapsed(times: Json) -> float | None:
    """Return the seconds from an image's being shown to its answer while it could be seen.

    None where the page did not say, and of a trial that was interrupted: its time is no reading time.
    """
    shown, answered = _ms(times, "shown_ms"), _ms(times, "answered_ms")
    if shown is None or answered is None or answered < shown or times.get("interrupted") is True:
        return None
    return max(0.0, answered - shown - (_ms(times, "hidden_ms") or 0.0))


def _ms(times: Json, name: str) -> float | None:
    value = times.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        return None
    return value / 1000


def rows(study: Study, *, unblinded: bool) -> list[Row]:
    """Return what the readers answered, practice and unanswered images of readers that began among it.

    Args:
        study: The study.
        unblinded: Whether the rows carry the key, and the answers of models are among them; the caller answers for
            the study's being unblinded. Readers who withdrew are left out either way.
    """
    found = _people(study)
    if not unblinded:
        return found
    keys = keys_of(study)
    return [replace(row, key=keys.get(row.case)) for row in [*found, *_models(study)]]


def keys_of(study: Study) -> dict[str, Key]:
    """Return the key of a study by the codes of its cases; for an unblinded one."""
    held = CaseKey.objects.filter(study=study).order_by()
    names = ("case__code", "intended_class", "origin", "arm", "stratum", "generator_version", "first__code")
    return {
        code: Key(intended, origin, arm, stratum, generator, first or code)
        for code, intended, origin, arm, stratum, generator, first in held.values_list(*names)
    }


def trials(study: Study) -> list[Trial]:
    """Return the answered trials of an unblinded study, practice left out; withdrawn readers too."""
    return [
        _trial(row, row.key) for row in rows(study, unblinded=True) if _counts(row) and row.key is not None
    ]


def _counts(row: Row) -> bool:
    return not row.practice and bool(row.answer)


def _trial(row: Row, key: Key) -> Trial:
    return Trial(
        reader=row.reader,
        case=row.case,
        replicate=row.replicate,
        position=row.position,
        answer=row.answer,
        realism=row.realism,
        seconds=row.seconds,
        intended=key.intended,
        origin=key.origin,
        stratum=key.stratum,
        counted=not row.control,
        control=row.control,
        hidden=row.hidden,
        final_answer=row.final_answer,
        final_realism=row.final_realism,
        model=row.model,
        original=key.first,
        realism_position=row.realism_position,
        interrupted=row.interrupted,
    )


def _people(study: Study) -> list[Row]:
    """Return a row for each image in the order of a reader, the first sitting's place leading."""
    slots = (
        Slot.objects.filter(enrolment__study=study, enrolment__withdrawn_at=None)
        .order_by("enrolment_id", "position")
        .values_list(
            "pk",
            "enrolment__pseudonym",
            "position",
            "block",
            "case__code",
            "case__practice",
            "case__control",
            "case__replicate",
            "case__image_digest",
            named=True,
        )
    )
    said, again = _readings(study), _shown_again(study)
    merged: dict[tuple[str, str], Row] = {}
    for slot in slots:
        shown = Row(
            reader=slot.enrolment__pseudonym,
            position=slot.position,
            block=slot.block,
            case=slot.case__code,
            practice=slot.case__practice,
            control=slot.case__control,
            replicate=slot.case__replicate,
            image_digest=slot.case__image_digest,
        )
        row = _with_answers(shown, said.get(slot.pk, ()), shown_again=slot.pk in again)
        before = merged.get((row.reader, row.case))
        merged[row.reader, row.case] = row if before is None else _joined(before, row)
    began = {row.reader for row in merged.values() if row.revisions}
    return sorted(
        (row for row in merged.values() if row.reader in began),
        key=lambda row: (_numbered(row.reader), row.position),
    )


def _readings(study: Study) -> dict[int, list[Reading]]:
    held: dict[int, list[Reading]] = {}
    wanted = Reading.objects.filter(slot__enrolment__study=study, slot__enrolment__withdrawn_at=None)
    for reading in wanted.order_by("slot_id", "revision"):
        held.setdefault(reading.slot_id, []).append(reading)
    return held


def _shown_again(study: Study) -> set[int]:
    """Return the slots whose image came on screen more than once before it was answered (ADR 0058).

    The page that answered knows nothing of an earlier visit, so its times do not tell.
    """
    before = Viewing.objects.filter(
        slot__enrolment__study=study,
        slot__enrolment__withdrawn_at=None,
        slot__readings__revision=0,
        served_at__lte=F("slot__readings__submitted_at"),
    )
    times = before.order_by().values("slot_id").annotate(n=Count("pk"))
    return set(times.filter(n__gt=1).values_list("slot_id", flat=True))


def _with_answers(row: Row, said: Sequence[Reading], *, shown_again: bool) -> Row:
    """Return the row with its first and its last answer; the first ones are what the primary analysis uses."""
    if not said:
        return row
    first, last = said[0], said[-1]
    return replace(
        row,
        answer=first.answer,
        realism=first.realism,
        reason=last.reason,
        final_answer=last.answer,
        final_realism=last.realism,
        revisions=len(said),
        answered_at=first.submitted_at,
        times={**first.times, "interrupted": True} if shown_again else first.times,
    )


def _joined(first: Row, second: Row) -> Row:
    """Return the row of an image that two sittings showed: the class of the first, the realism of the second."""
    if not second.revisions:
        return first
    return replace(
        first,
        realism=second.realism if first.realism is None else first.realism,
        final_realism=second.final_realism if second.final_realism is not None else first.final_realism,
        reason=" / ".join(filter(None, (first.reason, second.reason))),
        revisions=first.revisions + second.revisions,
        realism_position=second.position,
        realism_answered_at=second.answered_at,
        realism_times=second.times,
    )


def _models(study: Study) -> Iterable[Row]:
    """Yield what registered models said of the same images; a class that is none of the study's counts as other."""
    cases = {
        case.code: case
        for case in StudyCase.objects.filter(study=study, practice=False).order_by("number")
        if not case.replicate
    }
    for reading in ModelReading.objects.filter(study=study, finished_at__isnull=False).order_by("pk"):
        for position, (code, case) in enumerate(sorted(cases.items()), start=1):
            said = reading.answers.get(code)
            if said is None:
                continue
            yield Row(
                reader=reading.pseudonym,
                position=position,
                block=1,
                case=code,
                practice=False,
                control=case.control,
                replicate=0,
                image_digest=case.image_digest,
                answer=said["answer"] or CANNOT_TELL,
                final_answer=said["answer"] or CANNOT_TELL,
                revisions=1,
                answered_at=reading.finished_at,
                model=True,
                probability=said.get("probability"),
            )


def _numbered(pseudonym: str) -> tuple[str, int]:
    """Return what puts R2 before R10."""
    head = pseudonym.rstrip("0123456789")
    return head, int(pseudonym[len(head) :] or 0)
