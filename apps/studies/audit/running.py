"""Running the audit, and taking note of what it found."""

from __future__ import annotations

import functools
import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from apps.accounts import audit as record
from apps.accounts.models import User
from apps.core.errors import Conflict, InvalidInput
from apps.jobs import services as jobs
from apps.jobs.models import Job
from apps.studies.audit import content, observing
from apps.studies.audit.cautions import cautions_of
from apps.studies.audit.differ import Difference, differences, timing_p
from apps.studies.audit.overlap import overlap_of
from apps.studies.audit.params import AUDIT, AuditParams
from apps.studies.audit.report import LEVEL, TIME_LEVEL, VERSION, AuditReport, Finding
from apps.studies.audit.splits import Split, splits_of
from apps.studies.models import State, Study, StudyCase
from apps.studies.normalise.rendering import Progress
from apps.studies.truth import CaseKey

CHANGEABLE = (State.DRAFT, State.PREPARED)
LEAST_WORDS = 10
_STAGE = "Leak audit"
_ROUNDS = 2


def examine(*, study: Study, progress: Progress | None = None, normaliser: Any = None) -> AuditReport:
    """Return what both gates find over the pictures of a study; nothing is written.

    Raises:
        Conflict: the pictures are not made yet, or are gone.
    """
    cases = list(study.cases.order_by("code"))
    if not cases or any(not case.image for case in cases):
        raise Conflict("The pictures of this study are not made. Prepare it first.", code="not-prepared")
    tell = functools.partial(_tell, progress)
    tell(0)
    keys = {key.case_id: key for key in CaseKey.objects.filter(study=study)}
    arms = [keys[case.pk].arm for case in cases]
    splits = splits_of(
        ["" if case.control else arm for case, arm in zip(cases, arms, strict=True)],
        [keys[case.pk].origin for case in cases],
    )
    seed = int.from_bytes(hashlib.sha256(study.public_id.bytes).digest()[:4], "big")
    rows, bodies = observing.observe(cases)
    _add_addresses(study, cases, rows)
    findings = [_as_finding(one) for one in differences(rows, splits, free=observing.is_free)]
    tell(1)
    findings.append(_timing(cases, splits, seed=seed))
    tell(2)
    counted = [
        number
        for number, case in enumerate(cases)
        if not case.practice and not case.control and case.replicate == 0
    ]
    judged = content.judge([bodies[n] for n in counted], [one.only(counted) for one in splits], seed=seed)
    tell(3)
    overlap = overlap_of(study, seed=seed)
    tell(4)
    return AuditReport(
        made_at=timezone.now().isoformat(timespec="seconds"),
        images=images_digest(cases),
        arms=dict(sorted(Counter(arms).items())),
        findings=tuple(findings),
        content=judged,
        overlap=overlap,
        checked=len({name for row in rows for name in row}) + 1,
        normaliser=dict(normaliser or (study.audit or {}).get("normaliser") or {}),
        cautions=tuple(cautions_of(study)),
    )


def run(*, study: Study, progress: Progress | None = None, normaliser: Any = None) -> AuditReport:
    """Examine a study and keep what was found, while its pictures may still change; see ``examine``.

    Whoever took note of an earlier report takes note of this one anew.

    Args:
        study: A study whose pictures are made.
        progress: Told after each part.
        normaliser: What the normaliser says of its rule; that of the earlier report without it.
    """
    report = examine(study=study, progress=progress, normaliser=normaliser)
    kept = Study.objects.filter(pk=study.pk, state__in=CHANGEABLE).update(audit=report.as_json())
    if kept:
        study.audit = report.as_json()
    return report


def request(*, actor: User, study: Study, request: HttpRequest | None = None) -> Job:
    """Have the audit run again by a job, nobody's but the asker's: what it says is not for all of the project.

    Raises:
        NotFound, NotPermitted: the person does not design studies here.
        Conflict: the study is not prepared, or locked already.
    """
    del request  # what is asked for again changes nothing worth a line in the record
    _refuse_others(actor, study)
    if study.state != State.PREPARED:
        raise Conflict("The audit is run while a study is prepared.", code="state")
    return jobs.submit(
        kind=AUDIT,
        params=AuditParams(study_id=str(study.public_id)),
        requester=actor,
        title="Leak audit",
        subject=f"study:{study.public_id}",
    )


def acknowledge(*, actor: User, study: Study, why: str, request: HttpRequest | None = None) -> AuditReport:
    """Take note in writing of what the second gate found.

    Raises:
        NotFound, NotPermitted: the person does not design studies here.
        InvalidInput: fewer words than a reason has.
        Conflict: the audit was not run over these pictures, blocks, or the study is locked.
    """
    _refuse_others(actor, study)
    why = " ".join(why.split())
    if not LEAST_WORDS <= len(why) <= 2000:
        raise InvalidInput(
            "Say in a sentence what you make of the figures (10 to 2000 characters).", code="why"
        )
    with transaction.atomic():
        held = Study.objects.select_for_update(of=("self",)).get(pk=study.pk)
        if held.state != State.PREPARED:
            raise Conflict("The audit is acknowledged while a study is prepared.", code="state")
        report = _current(held)
        noted = replace(
            report,
            acknowledged_by=actor.pk,
            acknowledged_at=timezone.now().isoformat(timespec="seconds"),
            why=why,
        )
        Study.objects.filter(pk=held.pk).update(audit=noted.as_json())
        record.record(
            actor=actor,
            verb="study-audit-acknowledged",
            project=study.project,
            target=f"study:{study.public_id}",
            detail={"why": why, "images": noted.images},
            request=request,
        )
    study.audit = noted.as_json()
    return noted


def require_clear(study: Study) -> AuditReport:
    """Return the report of a study that may be locked.

    Raises:
        Conflict: the audit was not run over its pictures, blocks, or nobody took note of it.
    """
    report = _current(study)
    if not report.acknowledged:
        raise Conflict("Acknowledge the leak audit in writing first.", code="audit")
    return report


def images_digest(cases: Sequence[StudyCase]) -> str:
    """Return a digest of the pictures of a study, in the order of codes."""
    lines = "".join(f"{case.code} {case.image_digest}\n" for case in sorted(cases, key=lambda c: c.code))
    return hashlib.sha256(lines.encode()).hexdigest()


def _refuse_others(actor: User, study: Study) -> None:
    from apps.studies.services.staff import refuse_others  # its room asks this one before a study is locked

    refuse_others(actor, study)


def _current(study: Study) -> AuditReport:
    report = AuditReport.from_json(study.audit or {})
    if report is None or report.images != images_digest(list(study.cases.all())):
        raise Conflict("Run the leak audit over the pictures of this study first.", code="audit")
    if report.version != VERSION:
        raise Conflict("The leak audit looks for more than it did then. Run it again.", code="audit")
    if report.blocked:
        raise Conflict(f"The leak audit blocks this study: {report.blocked[0].words}", code="audit")
    return report


def _add_addresses(study: Study, cases: Sequence[StudyCase], rows: list[dict[str, Any]]) -> None:
    """Add the addresses under which three readers would get each picture."""
    from apps.studies.services.reading import address_of  # it asks this room before a study is locked

    for row, case in zip(rows, cases, strict=True):
        for who in ("R1", "R2", "R3"):
            row[f"address of {who}"] = int(address_of(study=study, who=who, code=case.code, sitting=1), 16)


def _as_finding(one: Difference) -> Finding:
    if one.must_be_one:
        words = f"{one.values} values, such as {one.example[0][:80]} and {one.example[1][:80]}."
        return Finding(one.feature, f"{_capital(one.feature)}: {words}", blocks=True, values=one.values)
    blocks = one.p < LEVEL
    told = "goes with the arm" if blocks else "does not go with the arm"
    words = f"{_capital(one.feature)} {told} (p = {one.p:.2g})."
    return Finding(one.feature, words, blocks=blocks, values=one.values, p=one.p)


def _capital(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}"


def _timing(cases: Sequence[StudyCase], splits: Sequence[Split], *, seed: int) -> Finding:
    """Measure twice before a difference is believed: the machine does other things meanwhile."""
    places = {case.pk: number for number, case in enumerate(cases)}
    suspected, p = list(splits), 1.0
    for attempt in range(2):
        measured = observing.times(cases, rounds=_ROUNDS, seed=seed + attempt)
        found = [(_timing_p(measured, places, split, of=len(splits)), split) for split in suspected]
        p = min((one for one, _ in found), default=1.0)
        suspected = [split for one, split in found if one < TIME_LEVEL]
        if not suspected:
            break
    blocks = bool(suspected)
    told = "goes with the arm" if blocks else "does not go with the arm"
    return Finding(
        "time of the answer",
        f"The time of the answer {told} (p = {p:.2g}).",
        blocks=blocks,
        values=len(measured),
        p=p,
    )


def _timing_p(
    measured: Sequence[tuple[int, float]], places: Mapping[int, int], split: Split, *, of: int
) -> float:
    """Return how surely the time goes with one of so many splits, corrected for their number."""
    sides: dict[bool | None, list[float]] = {False: [], True: [], None: []}
    for pk, seconds in measured:
        sides[split.second[places[pk]]].append(seconds)
    return min(1.0, of * timing_p(sides[False], sides[True]))


def _tell(progress: Progress | None, done: int) -> None:
    if progress is not None:
        progress(done=done, total=4, stage=_STAGE)
