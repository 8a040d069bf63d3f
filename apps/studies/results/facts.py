"""What a report says of a study besides its figures: design, flow of readers and images, dates, digests.

Pseudonyms only: no name of a reader leaves the site with a result.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from apps.studies.demo.marks import is_simulated
from apps.studies.models import Enrolment, State, Study, StudyCase
from apps.studies.protocol import CELLS, PHYSICAL, REFERENCE, Protocol
from apps.studies.results import words
from apps.studies.results.shapes import CANNOT_TELL, OTHER
from apps.studies.results.trials import Row
from apps.studies.selectors import leaving
from apps.studies.services.staff import redrafts

RESEARCH_USE = "For research use only. Not a medical device."
SIMULATED = "Simulated: programs read drawn cells. No result about people or blood."

Pairs = list[tuple[str, str]]
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ReaderFlow:
    """How far one reader went, and what the reader told; ``interrupted``: answers with a pause in them."""

    reader: str
    role: str
    years: int | None
    colour_vision: str
    images: int
    answered: int
    other: int
    cannot_tell: int
    interrupted: int
    seen_before: int
    screen: Json

    @property
    def about(self) -> str:
        """Return role and years of experience in words."""
        years = [] if self.years is None else [words.counted(self.years, "year")]
        return ", ".join([*filter(None, [self.role]), *years]) or "not told"


@dataclass(frozen=True, slots=True)
class Flow:
    """From people asked to answers counted (STARD 2015, item 19).

    Left out, each for one reason: who withdrew, whose part the staff ended, whose account was erased before the study
    was closed. The answers of ``erased_counted`` were in by then, and count.
    """

    enrolled: int
    consented: int
    withdrawn: int
    began: int
    finished: int
    readers: tuple[ReaderFlow, ...]
    ended: int = 0
    erased: int = 0
    erased_counted: int = 0


@dataclass(frozen=True, slots=True)
class Facts:
    """A study in words and numbers."""

    title: str
    protocol: Protocol
    design: Pairs
    dates: Pairs
    flow: Flow
    strata: list[Json]
    counts: dict[str, int]  # images: counted, repeats, controls, practice
    digest: str
    simulated: bool  # programs read instead of people
    reopenings: tuple[leaving.Reopening, ...] = ()


def facts_of(study: Study, rows: list[Row]) -> Facts:
    """Return the facts of a study.

    Args:
        study: The study.
        rows: Its raw rows, from ``trials.rows``.
    """
    plan = study.plan
    return Facts(
        title=study.title,
        protocol=plan,
        design=_design(study, plan),
        dates=_dates(study),
        flow=flow_of(study, rows),
        strata=list(study.draw_report.get("strata", [])),
        counts=_images(study),
        digest=study.digest,
        simulated=is_simulated(study),
        reopenings=leaving.reopenings(study),
    )


def source_words(source: str) -> str:
    """Return where an arm was drawn from, in words."""
    if source == CELLS:
        return "labelled cells of the project"
    if source == REFERENCE:
        return "cells of the project on which independent readers agreed"
    return f"an imported set ({source.removeprefix('import:')[:8]})"


def _design(study: Study, plan: Protocol) -> Pairs:
    arms = "; ".join(
        f"{arm.name} ({arm.origin}): {sum(arm.per_class.values())} from {source_words(arm.source)}"
        for arm in plan.arms
    )
    questions = " then ".join(plan.questions) + (
        f", in two sittings at least {plan.sitting_gap_days} days apart" if plan.sittings == 2 else ""
    )
    scale = "one physical scale" if plan.scale == PHYSICAL else "each stretched to one side"
    pairs = [
        ("Preset", plan.preset),
        ("Asked", questions),
        ("Classes", ", ".join(plan.classes)),
        ("Arms", arms),
        ("Drawn", "at random in strata of arm and class, by a recorded draw; near-duplicates left out"),
        ("Taken back to a draft", _redrafts(study)),
        ("Hidden repeats", f"{plan.repeated} images" if plan.repeated else "none"),
        ("Attention controls", f"{plan.controls} images" if plan.controls else "none"),
        ("Practice", f"{plan.practice} images, without feedback" if plan.practice else "none"),
        ("Images shown", f"{plan.image_side} px wide on neutral grey, {scale}, through one normaliser"),
        ("Order", "an own stored random order for each reader"),
        ("Going back", "allowed; the first answers count" if plan.going_back else "not possible"),
        (
            "Margin of equivalence",
            "none was fixed"
            if study.margin is None
            else f"\N{PLUS-MINUS SIGN}{words.percent(study.margin)} points, fixed before opening",
        ),
        ("Readers planned", str(plan.readers)),
        ("Unblinding", "by two persons" if plan.two_person_unblinding else "by one person"),
        ("Protocol", f"version {study.protocol_version}"),
    ]
    return [(name, value) for name, value in pairs if value]


def _redrafts(study: Study) -> str:
    """Return how often the study was designed anew after its pictures had been made and audited."""
    n = redrafts(study)
    return (
        f"{words.counted(n, 'time')} after it had been prepared; the record keeps each audit"
        if n
        else "never"
    )


def _dates(study: Study) -> Pairs:
    openings = study.transitions.filter(to_state=State.OPEN).order_by("pk")
    moments = (
        ("Prepared", study.prepared_at),
        ("Locked", study.locked_at),
        # Its own time is that of the last opening.
        ("Opened", openings.values_list("created_at", flat=True).first()),
        ("Closed", study.closed_at),
        ("Unblinded", study.unblinded_at),
    )
    return [(name, moment(at)) for name, at in moments if at is not None]


def moment(at: datetime) -> str:
    """Return a moment in the site's time zone, to the minute, with the zone."""
    return timezone.localtime(at).strftime("%Y-%m-%d %H:%M %Z")


def _images(study: Study) -> dict[str, int]:
    found = Counter(
        "practice" if practice else "controls" if control else "repeats" if replicate else "counted"
        for practice, control, replicate in StudyCase.objects.filter(study=study)
        .order_by()
        .values_list("practice", "control", "replicate")
    )
    return {name: found[name] for name in ("counted", "repeats", "controls", "practice")}


def flow_of(study: Study, rows: list[Row]) -> Flow:
    """Return how far the readers of a study went, from its raw rows."""
    enrolments = list(Enrolment.objects.filter(study=study).order_by("pk"))
    by_reader: dict[str, list[Row]] = {}
    for row in rows:
        if not row.practice and not row.model:
            by_reader.setdefault(row.reader, []).append(row)
    readers = tuple(
        _of_reader(each, by_reader[each.pseudonym]) for each in enrolments if each.pseudonym in by_reader
    )
    left = leaving.left(study, enrolments)
    return Flow(
        enrolled=len(enrolments),
        consented=sum(each.consent_at is not None for each in enrolments),
        withdrawn=left.withdrew,
        began=sum(each.answered > 0 for each in readers),
        finished=sum(each.answered == each.images for each in readers),
        readers=readers,
        ended=left.ended,
        erased=left.erased,
        erased_counted=left.erased_counted,
    )


def _of_reader(enrolment: Enrolment, rows: list[Row]) -> ReaderFlow:
    answers = Counter(row.answer for row in rows)
    return ReaderFlow(
        reader=enrolment.pseudonym,
        role=_plain(enrolment.experience.get("role")),
        years=_whole(enrolment.experience.get("years")),
        colour_vision=_plain(enrolment.screen.get("colour_vision")),
        images=len(rows),
        answered=sum(bool(row.answer) for row in rows),
        other=answers[OTHER],
        cannot_tell=answers[CANNOT_TELL],
        interrupted=sum(row.interrupted for row in rows),
        seen_before=enrolment.seen_before,
        screen={name: value for name, value in enrolment.screen.items() if name != "colour_vision"},
    )


def _plain(told: object) -> str:
    """Return one of the words that a reader could choose; anything else would not be one."""
    return told.replace("-", " ")[:40] if isinstance(told, str) else ""


def _whole(told: object) -> int | None:
    return int(told) if isinstance(told, int | float) and not isinstance(told, bool) else None
