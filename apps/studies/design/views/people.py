"""Readers and their links."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts.models import User
from apps.accounts.permissions import person
from apps.core.errors import DomainError, NotPermitted
from apps.studies import selectors, services
from apps.studies.design import people, rows
from apps.studies.design.views.life import said
from apps.studies.models import Study


@require_POST
@never_cache
@sensitive_variables("token", "link")
def invite(request: HttpRequest, study_id: UUID) -> HttpResponse:
    """Make an invitation and show its link, this once."""
    user = person(request)
    study = selectors.get_study(user=user, public_id=study_id)
    name = " ".join(request.POST.get("for_name", "").split())[:150]
    try:
        invitation, token = services.invite(actor=user, study=study, for_name=name, request=request)
    except NotPermitted:
        raise
    except DomainError as problem:
        messages.error(request, problem.message)
        return _back(study)
    link = request.build_absolute_uri(reverse("studies:invitation", args=[token]))
    return render(
        request, "studies/invite_link.html", {"study": study, "invitation": invitation, "link": link}
    )


@require_POST
def withdraw_invitation(request: HttpRequest, study_id: UUID, invitation_id: UUID) -> HttpResponse:
    """Make a link useless that nobody has followed."""
    user = person(request)
    study = selectors.get_study(user=user, public_id=study_id)
    invitation = selectors.get_invitation(study=study, public_id=invitation_id)
    try:
        services.withdraw_invitation(actor=user, invitation=invitation, request=request)
    except NotPermitted:
        raise
    except DomainError as problem:
        messages.error(request, problem.message)
    else:
        messages.success(request, "The link does not work any more.")
    return _back(study)


@require_POST
def enrol(request: HttpRequest, study_id: UUID) -> HttpResponse:
    """Ask a member of the project to read."""
    user = person(request)
    study = selectors.get_study(user=user, public_id=study_id)
    reader = _candidate(study, request.POST.get("reader", ""))
    if reader is None:
        messages.error(request, "Choose a member who neither made nor reads this study.")
        return _back(study)
    try:
        enrolment = services.enrol(actor=user, study=study, reader=reader, request=request)
    except NotPermitted:
        raise
    except DomainError as problem:
        messages.error(request, problem.message)
    else:
        messages.success(
            request, f"{reader.display_name} is {enrolment.pseudonym} and finds the study on the home page."
        )
    return _back(study)


@require_POST
def remind(request: HttpRequest, study_id: UUID, enrolment_id: UUID) -> HttpResponse:
    """Put a line on a reader's home page."""
    user = person(request)
    study = selectors.get_study(user=user, public_id=study_id)
    enrolment = selectors.get_enrolment(study=study, public_id=enrolment_id)
    try:
        services.mark_reminded(actor=user, enrolment=enrolment)
    except NotPermitted:
        raise
    except DomainError as problem:
        messages.error(request, problem.message)
    else:
        messages.success(request, f"{enrolment.pseudonym} finds a reminder on the home page.")
    return _back(study)


@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: HttpRequest, study_id: UUID, enrolment_id: UUID) -> HttpResponse:
    """Withdraw a reader, after saying why."""
    user = person(request)
    study = selectors.get_study(user=user, public_id=study_id)
    enrolment = selectors.get_enrolment(study=study, public_id=enrolment_id)
    problem, status = "", 200
    if request.method == "POST":
        try:
            services.withdraw(actor=user, enrolment=enrolment, why=said(request, must=True), request=request)
        except NotPermitted:
            raise
        except DomainError as refused:
            problem, status = refused.message, refused.status
        else:
            messages.success(request, f"{enrolment.pseudonym} is withdrawn and reads no further.")
            return _back(study)
    reader = next((row for row in rows.readers(study) if row.id == enrolment.public_id), None)
    context = {"study": study, "reader": reader, "problem": problem}
    return render(request, "studies/withdraw_reader.html", context, status=status)


def _candidate(study: Study, public_id: str) -> User | None:
    try:
        return people.candidates(study).filter(public_id=public_id).first()
    except ValidationError:
        return None


def _back(study: Study) -> HttpResponse:
    return redirect("studies:study", study_id=study.public_id)
