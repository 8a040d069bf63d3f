"""The differential of a slide, and signing it."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts.confirm import confirmed_only, is_confirmed
from apps.accounts.permissions import Action, can, person, require
from apps.cells.selectors.blind import undecided
from apps.core.editing import show_both
from apps.core.errors import Conflict, DomainError, InvalidInput
from apps.review.differential.drawing import drawn
from apps.review.lookup import record_look
from apps.review.models import Report
from apps.review.signing import services
from apps.review.signing.changes import newest_event
from apps.review.signing.forms import CountersignForm, SheetForm, SignForm
from apps.review.signing.selectors import get_report, reports_on, signed_state
from apps.review.signing.summary import Summary, hides_from, summary_of
from apps.slides.models import Slide
from apps.slides.selectors import get_slide


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def sign(request: HttpRequest, slide_id: UUID) -> HttpResponseBase:
    """Show the differential of a slide with all that is asked before it is signed; sign it."""
    slide = get_slide(user=person(request), public_id=slide_id)
    if request.method != "POST":
        # Before the count is read: whatever happens in between is listed as new rather than missed.
        since = newest_event(slide)
        record_look(request, slide)
        return _page(request, slide, since=since)
    require(person(request), Action.SIGN, slide.project)
    return _sign(request, slide)


@confirmed_only
def _sign(request: HttpRequest, slide: Slide) -> HttpResponse:
    since = newest_event(slide)
    form = SignForm(request.POST)
    if not form.is_valid():
        raise InvalidInput("This is no signature: open the page of the slide and sign there.")
    given = form.cleaned_data
    try:
        report = services.sign(
            actor=person(request),
            slide=slide,
            basis=given["basis"],
            since=given["since"],
            reason=given["reason"],
            idempotency_key=given["key"],
            request=request,
        )
    except (Conflict, InvalidInput) as refused:
        return _page(request, slide, since=since, refused=refused, reason=given["reason"])
    if report.signatures_needed > 1:
        messages.success(request, "Signed. A second person has to sign the same count.")
    else:
        messages.success(request, "Signed.")
    return redirect("review:report", report_id=report.public_id)


@require_POST
def sheet(request: HttpRequest, slide_id: UUID) -> HttpResponse:
    """Enter the leukocyte count and what the smear is worth."""
    slide = get_slide(user=person(request), public_id=slide_id)
    require(person(request), Action.SIGN, slide.project)
    since = newest_event(slide)
    form = SheetForm(request.POST, worksheet=summary_of(slide).worksheet)
    if not form.is_valid():
        return _page(request, slide, since=since, form=form, status=422)
    try:
        services.save_sheet(actor=person(request), slide=slide, request=request, **form.cleaned_data)
    except (Conflict, InvalidInput) as refused:
        if refused.code == "stale":
            show_both(form, refused)
        else:
            form.add_error(refused.code if refused.code in form.fields else None, refused.message)
        return _page(request, slide, since=since, form=form, status=refused.status)
    messages.success(request, "Saved.")
    return redirect(reverse("review:sign", args=[slide.public_id]))


@require_POST
def countersign(request: HttpRequest, report_id: UUID) -> HttpResponseBase:
    """Put the second signature under a report."""
    report = get_report(user=person(request), public_id=report_id)
    require(person(request), Action.SIGN, report.project)
    return _countersign(request, report)


@confirmed_only
def _countersign(request: HttpRequest, report: Report) -> HttpResponse:
    form = CountersignForm(request.POST)
    if not form.is_valid():
        raise InvalidInput("This is no signature: open the page of the slide and sign there.")
    try:
        services.countersign(
            actor=person(request),
            report=report,
            digest=form.cleaned_data["digest"],
            idempotency_key=form.cleaned_data["key"],
            request=request,
        )
    except Conflict as refused:
        if report.slide is None:
            raise
        return _page(request, report.slide, since=newest_event(report.slide), refused=refused)
    messages.success(request, "Signed by both.")
    return redirect("review:report", report_id=report.public_id)


def _page(
    request: HttpRequest,
    slide: Slide,
    *,
    since: int,
    form: SheetForm | None = None,
    refused: DomainError | None = None,
    reason: str = "",
    status: int | None = None,
) -> HttpResponse:
    user = person(request)
    summary = summary_of(slide)
    hidden = hides_from(slide, user)
    state = signed_state(slide)
    may_sign = can(user, Action.SIGN, slide.project)
    context: dict[str, Any] = {
        "slide": slide,
        "summary": summary,
        "hidden": hidden,
        "undecided": hidden and bool(undecided(user, slide=slide.pk)),
        "lines": [] if hidden else drawn(summary.differential),
        "state": state,
        "may_sign": may_sign,
        "confirmed": is_confirmed(request),
        "form": form or SheetForm(worksheet=summary.worksheet),
        "refused": refused,
        "changed": refused.detail.get("changed", []) if refused else [],
        "reports": reports_on(slide),
        "since": since,
        "key": uuid4().hex,
        "reason": reason,
        **_what_to_do(summary, user.pk, may_sign=may_sign, half=bool(state.report) and not state.complete),
    }
    if status is None:
        status = refused.status if refused else 200
    return render(request, "review/sign.html", context, status=status)


def _what_to_do(summary: Summary, user: int, *, may_sign: bool, half: bool) -> dict[str, Any]:
    """Return which of the forms the page shows: sign, amend, countersign, or none, and why."""
    newest = summary.newest
    state = signed_state(summary.slide)
    waits = half and not state.changed and newest is not None
    mine = any(signature.signer_id == user for signature in state.signatures)
    nothing_new = newest is not None and state.complete and newest.basis == summary.basis
    return {
        "countersigns": may_sign and waits and not mine,
        "waits_for_other": waits and mine,
        "anew": half and state.changed,
        "amends": state.complete,
        "nothing_new": nothing_new,
        "can_sign": may_sign and not waits and not nothing_new and not summary.refusals,
    }
