"""Signing, countersigning and amending; entering what a slide is signed by."""

from __future__ import annotations

import math
from uuid import uuid4

from django.db import IntegrityError, transaction
from django.db.models import Exists, F, OuterRef
from django.http import HttpRequest
from django.utils import timezone

from apps.accounts import audit
from apps.accounts.models import User
from apps.accounts.permissions import Action, require
from apps.cells.models import Cell, EventKind, LabelEvent, ReviewState
from apps.cells.services.accepting import accept
from apps.cells.services.writing import SomebodyWasFaster
from apps.core.editing import refuse_stale, stale
from apps.core.errors import Conflict, InvalidInput
from apps.review.differential.count import worksheet_of
from apps.review.models import LARGEST_WBC, Quality, Report, Signature, Worksheet
from apps.review.signing.changes import what_changed
from apps.review.signing.frozen import basis_of, freeze, sheet_values
from apps.review.signing.selectors import newest_report, signed_state
from apps.review.signing.stamps import stamp_of
from apps.review.signing.summary import Summary, summary_of
from apps.slides.models import Slide

LONGEST_REASON = 500


def sign(
    *,
    actor: User,
    slide: Slide,
    basis: str,
    since: int = 0,
    reason: str = "",
    idempotency_key: str | None = None,
    request: HttpRequest | None = None,
) -> Report:
    """Sign the differential of a slide as it was shown under ``basis``; the caller has asked for a fresh proof.

    Every cell that was seen and carries no label is accepted as suggested (an event each, which is no label of a
    person). The count and what it rests on are frozen. A slide that is signed is amended: the report before stays.

    Args:
        actor: Who signs.
        slide: What.
        basis: Names what the person saw (`Summary.shown`).
        since: The newest event that the person's page knew of; tells what changed since.
        reason: Why a signed report is amended; needed then.
        idempotency_key: The same for both clicks of a double click.
        request: Where it came from.

    Raises:
        NotFound, NotPermitted: the person may not sign slides of this project.
        InvalidInput: a check fails, the reason is missing or too long, or nothing changed since the report before.
        Conflict: something changed since the person looked (``detail`` lists what), or somebody signed meanwhile.
    """
    require(actor, Action.SIGN, slide.project)
    repeated = _repeated(actor, slide, idempotency_key)
    if repeated is not None:
        return repeated
    reason = " ".join(reason.split())
    summary = summary_of(slide)
    if summary.shown != basis:
        raise _moved_on(slide, since)
    before = summary.newest
    _refuse(summary, reason)
    try:
        with transaction.atomic():
            accepted = _accept(actor, slide, request)
            # The transaction has written, so on SQLite nobody else can any more; PostgreSQL reads what is there now.
            if _moved_by_others(slide, summary, accepted):
                raise _moved_on(slide, since)
            number = 1 if before is None else before.number + 1
            frozen = freeze(
                slide,
                found=summary.differential,
                rules=summary.rules,
                worksheet=summary.worksheet,
                accepted=_accepted_in_all(slide),
                number=number,
                reason=reason,
            )
            report = Report.objects.create(
                project=slide.project,
                slide=slide,
                slide_row=slide.pk,
                number=number,
                supersedes=before,
                signatures_needed=2 if summary.rules.two_signers else 1,
                content=frozen.content,
                about=frozen.about,
                cells=frozen.cells,
                digest=frozen.digest,
                stamp=stamp_of(slide.pk),
                basis=_basis_now(slide, summary),
            )
            Signature.objects.create(
                report=report,
                signer=actor,
                position=1,
                digest=report.digest,
                idempotency_key=idempotency_key or None,
            )
            _record(actor, "signed" if before is None else "amended", report, request)
    except SomebodyWasFaster as problem:
        raise _moved_on(slide, since) from problem
    except IntegrityError as problem:
        repeated = _repeated(actor, slide, idempotency_key)
        if repeated is not None:
            return repeated
        raise Conflict(
            "Somebody signed this slide a moment ago. Look at what was signed before you amend it.",
            code="signed-meanwhile",
        ) from problem
    return report


def countersign(
    *,
    actor: User,
    report: Report,
    digest: str,
    idempotency_key: str | None = None,
    request: HttpRequest | None = None,
) -> Report:
    """Put the second signature under a report that waits for it; the caller has asked for a fresh proof.

    Raises:
        NotFound, NotPermitted: the person may not sign slides of this project.
        Conflict: the person signed it before, it needs no signature any more, another report took its place, or the
            slide changed since the first signature: then it is signed anew.
    """
    require(actor, Action.SIGN, report.project)
    slide = report.slide
    signed = list(report.signatures.order_by("position"))
    mine = next((each for each in signed if each.signer_id == actor.pk), None)
    if mine is not None:
        if mine.position == 2:
            return report
        raise Conflict(
            "You have signed this report. The second signature is another person's.", code="same-signer"
        )
    if len(signed) >= report.signatures_needed:
        raise Conflict("This report has all its signatures.", code="signed-meanwhile")
    if slide is None or Report.objects.filter(supersedes=report).exists():
        raise Conflict("A later report took the place of this one.", code="superseded")
    if digest != report.digest:
        raise InvalidInput("This is not the report that you were shown.", code="digest")
    try:
        with transaction.atomic():
            Signature.objects.create(
                report=report,
                signer=actor,
                position=2,
                digest=digest,
                idempotency_key=idempotency_key or None,
            )
            if stamp_of(slide.pk) != report.stamp:
                raise Conflict(
                    "A cell changed since the first signature: what the two of you would sign is not the same any "
                    "more. The slide has to be signed anew by both.",
                    code="changed-since",
                )
            _record(actor, "signed", report, request)
    except IntegrityError as problem:
        raise Conflict("Somebody else signed a moment ago.", code="signed-meanwhile") from problem
    return report


def save_sheet(
    *,
    actor: User,
    slide: Slide,
    wbc: float | None,
    wbc_with_nrbc: bool,
    quality: str,
    remark: str,
    all_counted: bool,
    version: str,
    request: HttpRequest | None = None,
) -> Worksheet:
    """Enter the leukocyte count and what the smear is worth, on the values of ``version``.

    Raises:
        NotFound, NotPermitted: the person may not sign slides of this project.
        InvalidInput: a value makes no sense.
        Conflict: somebody changed the sheet since; ``detail`` holds both values.
    """
    require(actor, Action.SIGN, slide.project)
    wanted = {
        "wbc": wbc,
        "wbc_with_nrbc": wbc_with_nrbc,
        "quality": quality,
        "remark": " ".join(remark.split()),
        "all_counted": all_counted,
    }
    if wbc is not None and not (math.isfinite(wbc) and 0 < wbc <= LARGEST_WBC):
        raise InvalidInput(
            f"The leukocyte count is in 10\N{SUPERSCRIPT NINE}/L, above 0 and at most {LARGEST_WBC:g}.",
            code="wbc",
        )
    if quality not in {"", *Quality.values}:
        raise InvalidInput("Say of the smear: good, limited or unusable.", code="quality")
    if len(str(wanted["remark"])) > LONGEST_REASON:
        raise InvalidInput(f"The remark is longer than {LONGEST_REASON} characters.", code="remark")
    found = worksheet_of(slide)
    seen = sheet_values(found)
    refuse_stale(seen=version, what="sheet", yours=wanted, current=seen)
    with transaction.atomic():
        Worksheet.objects.get_or_create(slide=slide, defaults={"updated_by": actor})
        moved = Worksheet.objects.filter(slide=slide, **seen).update(
            **wanted, updated_by=actor, updated_at=timezone.now()
        )
        if moved:
            audit.record(
                actor=actor,
                verb="sheet-changed",
                project=slide.project,
                target=f"slide:{slide.public_id}",
                detail={"wbc": wbc, "quality": quality},
                request=request,
            )
    if not moved:
        raise stale(what="sheet", yours=wanted, current=sheet_values(worksheet_of(slide)))
    return worksheet_of(slide)


def _repeated(actor: User, slide: Slide, key: str | None) -> Report | None:
    """Return the report that this very click has signed already."""
    if not key:
        return None
    return Report.objects.filter(
        slide=slide, signatures__signer=actor, signatures__idempotency_key=key
    ).first()


def _refuse(summary: Summary, reason: str) -> None:
    """Raise what stands against signing."""
    if summary.refusals:
        texts = [check.text for check in summary.refusals]
        raise InvalidInput(
            f"Not signed yet: {'; '.join(texts)}.",
            code="checks",
            detail={"checks": [check.code for check in summary.refusals]},
        )
    if len(reason) > LONGEST_REASON:
        raise InvalidInput(f"The reason is longer than {LONGEST_REASON} characters.", code="reason")
    before = summary.newest
    if before is None or not signed_state(summary.slide).complete:
        return  # a report that waits for its second signature is no signed one: it is begun anew
    if not reason:
        raise InvalidInput("Say why the signed report is amended.", code="reason")
    if summary.basis == before.basis:
        raise InvalidInput("Nothing has changed since the report was signed.", code="nothing-changed")


def _to_accept(actor: User, slide: Slide) -> list[Cell]:
    """Return the cells that count as suggested and were not accepted as such before."""
    accepted = LabelEvent.objects.filter(
        cell=OuterRef("pk"),
        version_after=OuterRef("version"),
        kind=EventKind.ACCEPTED,
        to_class=OuterRef("suggested_class"),
    )
    waiting = (
        Cell.objects.acted_on_by(actor)
        .standing()
        .filter(~Exists(accepted), field__slide=slide, current_class="", unidentified=False)
        .filter(review_state=ReviewState.SEEN)
    )
    return list(waiting.exclude(suggested_class="").select_related("project").order_by("pk"))


def _accept(actor: User, slide: Slide, request: HttpRequest | None) -> int:
    """Accept what was seen and not labelled; return how many cells."""
    return accept(actor=actor, cells=_to_accept(actor, slide), act=uuid4(), request=request)


def _accepted_in_all(slide: Slide) -> int:
    """Return how many cells count by a suggestion that was accepted, now or at an earlier signature."""
    events = LabelEvent.objects.filter(
        cell__field__slide=slide,
        cell__retired_at__isnull=True,
        cell__current_class="",
        version_after=F("cell__version"),
        kind=EventKind.ACCEPTED,
    )
    return events.count()


def _moved_by_others(slide: Slide, summary: Summary, accepted: int) -> bool:
    """Return whether anything but our own acceptances happened since the summary was made."""
    n, which, versions, models = summary.stamp.split(".")
    ours = f"{n}.{which}.{int(versions) + accepted}.{models}"
    if stamp_of(slide.pk) != ours:
        return True
    sheet = sheet_values(worksheet_of(slide))
    newest = newest_report(slide)
    return sheet != sheet_values(summary.worksheet) or newest != summary.newest


def _basis_now(slide: Slide, summary: Summary) -> str:
    """Return the name of what was signed as a later page finds it: the same but for our own acceptances."""
    return basis_of(
        slide,
        stamp=stamp_of(slide.pk),
        found=summary.differential,
        rules=summary.rules,
        worksheet=summary.worksheet,
    )


def _moved_on(slide: Slide, since: int) -> Conflict:
    changed = what_changed(slide, since=since)
    return Conflict(
        "Something changed since you looked, so nothing was signed. Look at the count as it is now.",
        code="stale",
        detail={"changed": changed},
    )


def _record(actor: User, verb: str, report: Report, request: HttpRequest | None) -> None:
    slide = report.slide
    audit.record(
        actor=actor,
        verb=verb,
        project=report.project,
        target=f"slide:{slide.public_id}" if slide is not None else f"report:{report.public_id}",
        detail={
            "report": report.short_id,
            "cells": report.content["differential"]["cells"],
            "digest": report.digest,
        },
        request=request,
    )
