"""The reading page as its readers will see it, with a few of the images; nothing of it is stored."""

from __future__ import annotations

import json
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from apps.accounts.permissions import person
from apps.core.errors import Conflict, NotFound
from apps.studies import images, selectors
from apps.studies.models import State, Study, StudyCase
from apps.studies.reading.documents import preview_documents

MOST_SHOWN = 5


@require_safe
@never_cache
def show(request: HttpRequest, study_id: UUID) -> HttpResponse:
    """Show the reading page with images of a prepared study."""
    study = selectors.get_study(user=person(request), public_id=study_id)
    if study.state == State.DRAFT:
        raise Conflict("Prepare the study first: its images are not drawn yet.", code="not-prepared")
    addresses = [
        reverse("studies:preview-image", args=[study.public_id, number])
        for number in range(1, len(_cases(study)) + 1)
    ]
    context = {
        "study": study,
        "enrolment": None,
        "preview": json.dumps(preview_documents(study, addresses)),
        "back": reverse("studies:study", args=[study.public_id]),
    }
    return render(request, "studies/read.html", context)


@require_safe
def image(request: HttpRequest, study_id: UUID, number: int) -> HttpResponse:
    """Answer with an image of the preview, as a reader would get it."""
    study = selectors.get_study(user=person(request), public_id=study_id)
    cases = _cases(study)
    if study.state == State.DRAFT or not 1 <= number <= len(cases):
        raise NotFound("There is no such image.")
    return images.respond(request, cases[number - 1])


def _cases(study: Study) -> list[StudyCase]:
    """Return a few images: those of the practice where there are some, in an order that says nothing."""
    shown = study.cases.exclude(image="").filter(replicate=0)
    practice = list(shown.filter(practice=True).order_by("code")[:MOST_SHOWN])
    return practice or list(shown.filter(practice=False).order_by("code")[:MOST_SHOWN])
