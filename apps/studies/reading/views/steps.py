"""What a reader does around the reading itself: agree, say about screen and eyes, see how far it is, withdraw."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.permissions import person
from apps.core.errors import Conflict
from apps.studies import selectors, services
from apps.studies.models import Enrolment
from apps.studies.reading.forms import AboutForm, ConsentForm, WithdrawForm
from apps.studies.reading.showing import name_of
from apps.studies.reading.steps import Step, standing_of


@require_safe
@never_cache
def show(request: HttpRequest, enrolment_id: UUID) -> HttpResponse:
    """Show the step at which a reader stands."""
    enrolment = selectors.own_enrolment(user=person(request), public_id=enrolment_id)
    return _page(request, enrolment)


@require_POST
def consent(request: HttpRequest, enrolment_id: UUID) -> HttpResponse:
    """Agree to the text that was on screen."""
    enrolment = selectors.own_enrolment(user=person(request), public_id=enrolment_id)
    form = ConsentForm(request.POST)
    if not form.is_valid():
        return _page(request, enrolment, form=form)
    try:
        services.consent(enrolment=enrolment, actor=person(request), digest=form.cleaned_data["digest"])
    except Conflict as problem:
        messages.error(request, problem.message)
    return redirect("studies:reading", enrolment_id=enrolment_id)


@require_POST
def about(request: HttpRequest, enrolment_id: UUID) -> HttpResponse:
    """Say how experienced one is, and about screen and eyes."""
    enrolment = selectors.own_enrolment(user=person(request), public_id=enrolment_id)
    form = AboutForm(request.POST)
    if not form.is_valid():
        return _page(request, enrolment, form=form)
    services.describe(
        enrolment=enrolment, actor=person(request), experience=form.experience(), screen=form.screen()
    )
    return redirect("studies:reading", enrolment_id=enrolment_id)


@require_http_methods(["GET", "POST"])
@never_cache
def withdraw(request: HttpRequest, enrolment_id: UUID) -> HttpResponse:
    """Ask whether a reader really wants to leave, and let the reader leave."""
    user = person(request)
    enrolment = selectors.own_enrolment(user=user, public_id=enrolment_id)
    form = WithdrawForm(request.POST or None)
    if request.method == "POST" and (not form.is_bound or form.is_valid()):
        why = form.cleaned_data["why"] if form.is_bound else ""
        services.withdraw(enrolment=enrolment, actor=user, why=why, request=request)
        return redirect("studies:reading", enrolment_id=enrolment_id)
    context = {"enrolment": enrolment, "name": name_of(enrolment), "form": form}
    return render(request, "studies/read_withdraw.html", context, status=422 if form.is_bound else 200)


def _page(request: HttpRequest, enrolment: Enrolment, form: Any = None) -> HttpResponse:
    """Draw the reader's page; a form that was sent must be that of the present step, or it is drawn empty."""
    standing = standing_of(enrolment)
    forms: dict[Step, Any] = {Step.CONSENT: ConsentForm, Step.ABOUT: AboutForm}
    made = forms.get(standing.step)
    bound = made is not None and isinstance(form, made)
    if made is not None and not bound:
        initial = {"digest": services.consent_digest(enrolment.study)}
        form = made(initial=initial if standing.step == Step.CONSENT else None)
    context = {
        "enrolment": enrolment,
        "name": name_of(enrolment),
        "plan": enrolment.study.plan,
        "standing": standing,
        "step": standing.step.value,
        "form": form,
        "greys": [round(255 * step / 10) for step in range(11)],
    }
    return render(request, "studies/reader.html", context, status=422 if bound else 200)
