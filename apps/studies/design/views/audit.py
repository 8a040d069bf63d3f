"""The leak audit's buttons: run it again, confirm in writing that its figures were read."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from apps.accounts.permissions import person
from apps.core.errors import DomainError, NotPermitted
from apps.studies import audit as leaks
from apps.studies import selectors


@require_POST
def run(request: HttpRequest, study_id: UUID) -> HttpResponse:
    """Look for leaks again; the figures replace the ones before."""
    user = person(request)
    study = selectors.get_study(user=user, public_id=study_id)
    try:
        leaks.request(actor=user, study=study, request=request)
    except NotPermitted:
        raise
    except DomainError as problem:
        messages.error(request, problem.message)
    else:
        messages.success(request, "The leak audit is being run again.")
    return redirect("studies:study", study_id=study.public_id)


@require_POST
def acknowledge(request: HttpRequest, study_id: UUID) -> HttpResponse:
    """Confirm that the content figures were read."""
    user = person(request)
    study = selectors.get_study(user=user, public_id=study_id)
    try:
        leaks.acknowledge(study=study, actor=user, why=request.POST.get("why", ""), request=request)
    except NotPermitted:
        raise
    except DomainError as problem:
        messages.error(request, problem.message)
    else:
        messages.success(request, "It is on record that you have read the audit.")
    return redirect("studies:study", study_id=study.public_id)
