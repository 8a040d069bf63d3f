"""The page on which a study is read, and the images it shows."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from apps.accounts.permissions import person
from apps.studies import selectors
from apps.studies.images import respond
from apps.studies.reading.steps import Step, standing_of
from apps.studies.services import reading as services


@require_safe
@never_cache
def read(request: HttpRequest, enrolment_id: UUID) -> HttpResponse:
    """Show the stage; the script fills it. A reader who is not to read now is led to the own page."""
    enrolment = selectors.own_enrolment(user=person(request), public_id=enrolment_id)
    if standing_of(enrolment).step != Step.READ:
        return redirect("studies:reading", enrolment_id=enrolment_id)
    return render(request, "studies/read.html", {"enrolment": enrolment})


@require_safe
def image(request: HttpRequest, enrolment_id: UUID, address: str) -> HttpResponseBase:
    """Answer with the picture of the image that is next, or of the one after it; with no other."""
    user = person(request)
    enrolment = selectors.own_enrolment(user=user, public_id=enrolment_id)
    return respond(request, services.image_of(enrolment=enrolment, actor=user, address=address))
