"""The steps of a study: each a button, each on record with who, when and why."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_POST

from apps.accounts.confirm import confirmed_only
from apps.accounts.models import User
from apps.accounts.permissions import person
from apps.core.errors import DomainError, InvalidInput, NotPermitted
from apps.studies import selectors, services
from apps.studies.models import State, Study

MOST_WHY = 500


def _step(request: HttpRequest, study_id: UUID, take: Callable[[User, Study], str]) -> HttpResponse:
    """Take a step and go back to the study, with what it says or what stands against it."""
    user = person(request)
    study = selectors.get_study(user=user, public_id=study_id)
    try:
        done = take(user, study)
    except NotPermitted:
        raise
    except DomainError as problem:
        messages.error(request, problem.message)
    else:
        messages.success(request, done)
    return redirect("studies:study", study_id=study.public_id)


def said(request: HttpRequest, *, must: bool = False) -> str:
    """Return why, as the person said it.

    Raises:
        InvalidInput: when it is too long, or missing where it must be said.
    """
    why = " ".join(request.POST.get("why", "").split())
    if must and not why:
        raise InvalidInput("Say why: it stands in the history of the study.", code="why")
    if len(why) > MOST_WHY:
        raise InvalidInput(f"Say it in at most {MOST_WHY} characters.", code="why")
    return why


def due(request: HttpRequest) -> datetime | None:
    """Return the end of the day that was chosen, None for none.

    Raises:
        InvalidInput: when it is no day.
    """
    typed = request.POST.get("due", "").strip()
    if not typed:
        return None
    day: date | None
    try:
        day = parse_date(typed)
    except ValueError:
        day = None
    if day is None:
        raise InvalidInput("Choose a day of the calendar.", code="due")
    return timezone.make_aware(datetime.combine(day, time(23, 59)))


@require_POST
def prepare(request: HttpRequest, study_id: UUID) -> HttpResponse:
    """Have the images drawn, brought into one form, and looked at for leaks."""

    def take(user: User, study: Study) -> str:
        services.prepare(actor=user, study=study, request=request)
        return "The images are being prepared."

    return _step(request, study_id, take)


@require_POST
def redraft(request: HttpRequest, study_id: UUID) -> HttpResponse:
    """Go back to the draft; the images that were drawn are dropped."""

    def take(user: User, study: Study) -> str:
        services.back_to_draft(actor=user, study=study, why=said(request, must=True), request=request)
        return "The study is a draft again; its images are dropped."

    return _step(request, study_id, take)


@require_POST
def discard(request: HttpRequest, study_id: UUID) -> HttpResponse:
    """Remove a draft that nobody wants."""
    user = person(request)
    study = selectors.get_study(user=user, public_id=study_id)
    project = study.project
    try:
        services.discard_study(actor=user, study=study, why=said(request), request=request)
    except NotPermitted:
        raise
    except DomainError as problem:
        messages.error(request, problem.message)
        return redirect("studies:study", study_id=study_id)
    messages.success(request, "The draft is discarded.")
    return redirect("studies:list", project_id=project.public_id)


@require_POST
def lock(request: HttpRequest, study_id: UUID) -> HttpResponse:
    """Fix protocol, images and orders."""

    def take(user: User, study: Study) -> str:
        services.lock(actor=user, study=study, why=said(request), request=request)
        return "The study is locked. Invite readers, then open it."

    return _step(request, study_id, take)


@require_POST
def open_(request: HttpRequest, study_id: UUID) -> HttpResponse:
    """Let readers read."""

    def take(user: User, study: Study) -> str:
        services.open_(actor=user, study=study, due_at=due(request), why=said(request), request=request)
        return "The study is open: its readers find it on their home page."

    return _step(request, study_id, take)


@require_POST
def extend(request: HttpRequest, study_id: UUID) -> HttpResponse:
    """Put off the day by which readings are wanted; a closed study opens again."""

    def take(user: User, study: Study) -> str:
        closed = study.state == State.CLOSED
        services.extend(
            actor=user, study=study, due_at=due(request), why=said(request, must=True), request=request
        )
        return "The study is open again." if closed else "The day is changed."

    return _step(request, study_id, take)


@require_POST
def close(request: HttpRequest, study_id: UUID) -> HttpResponse:
    """Let nobody read any more."""

    def take(user: User, study: Study) -> str:
        services.close(actor=user, study=study, why=said(request), request=request)
        return "The study is closed."

    return _step(request, study_id, take)


@require_POST
@confirmed_only
def unblind(request: HttpRequest, study_id: UUID) -> HttpResponseBase:
    """Join answers and origins, or ask for it where it takes two persons."""

    def take(user: User, study: Study) -> str:
        found = services.unblind(actor=user, study=study, why=said(request, must=True), request=request)
        if found.state == State.UNBLINDED:
            return "The study is unblinded."
        return "Asked for. Another manager must confirm it."

    return _step(request, study_id, take)


@require_POST
def withdraw_request(request: HttpRequest, study_id: UUID) -> HttpResponse:
    """Take back what the first of two persons asked for."""

    def take(user: User, study: Study) -> str:
        services.withdraw_unblind_request(actor=user, study=study)
        return "The request is withdrawn."

    return _step(request, study_id, take)
