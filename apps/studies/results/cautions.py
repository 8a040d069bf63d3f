"""What limits the findings of a study, as sentences; and what a sentence is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from apps.studies.audit import AuditReport
from apps.studies.results import words
from apps.studies.results.shapes import OneReader

ALPHA = 0.05
FEW_READERS = 5

Kind = Literal["finding", "open", "caution"]


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence: something shown ("finding"), something not shown ("open"), or what limits both ("caution").

    ``topic`` says which rule made it.
    """

    topic: str
    kind: Kind
    text: str


def adjusted(values: Sequence[float | None]) -> list[float | None]:
    """Return p values after Holm's correction for their number; those that could not be made stay None."""
    from ml.metrics.exact import holm

    known = iter(holm([p for p in values if p is not None]))
    return [None if p is None else next(known) for p in values]


def cautions(
    people: list[OneReader], audit: AuditReport | None, unfinished: Sequence[tuple[str, int, int]]
) -> Iterable[Sentence]:
    """Yield what limits the findings: missing answers, failed controls, drift, few readers, what the audit found."""
    yield from _of_audit(audit)
    yield from _of_answers(people, unfinished)
    yield from _of_drift(people)
    if len(people) == 1:
        yield Sentence(
            "one-reader",
            "caution",
            "One reader: everything here is about this reader and these images, not about readers in general.",
        )
    elif len(people) < FEW_READERS:
        yield Sentence(
            "few-readers",
            "caution",
            f"{len(people)} readers are few: intervals across readers are likely too narrow.",
        )


def _of_audit(audit: AuditReport | None) -> Iterable[Sentence]:
    """Yield what the audit left open, and which plain figures tell the arms apart: a reader may have seen no more."""
    if audit is None:
        return
    for arms, told in (
        ("real and synthetic images", [one for one in audit.content if not one.between]),
        ("the arms", [one for one in audit.content if one.between]),
    ):
        apart = [one for one in told if one.p_holm < ALPHA]
        if apart:
            figures = words.listed(
                [
                    f"{_lowered(one.named)} (AUC {one.auc:.2f}, Holm {words.p_value(one.p_holm)})"
                    for one in apart
                ]
            )
            yield Sentence(
                "audit",
                "caution",
                f"Plain figures of the pictures tell the arms apart: {figures}. Differences between {arms} may rest on "
                "these alone.",
            )
    for line in audit.cautions:
        yield Sentence("audit", "caution", line)


def _lowered(label: str) -> str:
    return f"{label[:1].lower()}{label[1:]}"


def _of_answers(people: list[OneReader], unfinished: Sequence[tuple[str, int, int]]) -> Iterable[Sentence]:
    if unfinished:
        told = words.listed([f"{name} ({answered} of {shown})" for name, answered, shown in unfinished])
        yield Sentence(
            "missing",
            "caution",
            f"Not all images were answered by {told}; figures rest on what was answered.",
        )
    missed = [one for one in people if one.controls is not None and one.controls.hits < one.controls.n]
    if missed:
        passed = [f"{one.reader} ({one.controls.hits} of {one.controls.n})" for one in missed if one.controls]
        yield Sentence(
            "controls", "caution", f"Attention controls were not all passed by {words.listed(passed)}."
        )


def _of_drift(people: list[OneReader]) -> Iterable[Sentence]:
    tested = [one for one in people if one.drift is not None]
    for what, values in (
        ("class", [one.drift.class_p for one in tested if one.drift is not None]),
        ("realism", [one.drift.realism_p for one in tested if one.drift is not None]),
    ):
        drifted = [
            one.reader for one, p in zip(tested, adjusted(values), strict=True) if p is not None and p < ALPHA
        ]
        if drifted:
            subject = "of the class" if what == "class" else "about realism"
            yield Sentence(
                "drift",
                "caution",
                f"Answers {subject} changed over the trials of {words.listed(drifted)}: see the plot of drift.",
            )
