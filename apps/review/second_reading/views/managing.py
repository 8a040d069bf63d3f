"""Asking for second readings, seeing how far they are, taking them back."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts import audit
from apps.accounts.permissions import Action, can, person, require
from apps.accounts.selectors import get_project
from apps.core.errors import DomainError
from apps.review.lookup import record_look
from apps.review.models import SecondReading
from apps.review.second_reading import selectors, services
from apps.review.second_reading.forms import AssignForm
from apps.slides.models import Slide
from apps.slides.selectors import get_slide

_MOST_LISTED = 200


@require_GET
def of_project(request: HttpRequest, project_id: UUID) -> HttpResponse:
    """List the second readings of a project, the newest first, and the slides that still wait for somebody."""
    user = person(request)
    project = get_project(user=user, public_id=project_id)
    audit.record_visit(actor=user, project=project, request=request)
    visible = SecondReading.objects.visible_to(user).filter(project=project)
    readings = list(visible.select_related("slide", "reader").order_by("-pk")[:_MOST_LISTED])
    progress = selectors.progress_of(readings)
    may_assign = can(user, Action.ASSIGN, project)
    waiting = selectors.waiting_slides(project) if may_assign else []
    context = {
        "project": project,
        "rows": [(reading, progress.get(reading.pk, selectors.Progress())) for reading in readings],
        "may_assign": may_assign,
        "waiting": waiting[:_MOST_LISTED],
        "waiting_total": len(waiting),
        "user": user,
    }
    return render(request, "review/second_readings.html", context)


@require_http_methods(["GET", "POST"])
def of_slide(request: HttpRequest, slide_id: UUID) -> HttpResponse:
    """Ask somebody to read a slide; when somebody was asked already, go there."""
    user = person(request)
    slide = get_slide(user=user, public_id=slide_id)
    record_look(request, slide)
    if request.method != "POST":
        standing = selectors.reading_of(slide)
        if standing is not None:
            return redirect("review:second-reading", reading_id=standing.public_id)
        return _assign_page(request, slide)
    require(user, Action.ASSIGN, slide.project)
    form = AssignForm(request.POST, candidates=selectors.candidates(slide))
    if not form.is_valid():
        return _assign_page(request, slide, form=form, status=422)
    try:
        reading = services.assign(
            actor=user, slide=slide, reader=form.cleaned_data["reader"], request=request
        )
    except DomainError as problem:
        form.add_error(None, problem.message)
        return _assign_page(request, slide, form=form, status=problem.status)
    messages.success(
        request, f"{reading.reader.display_name} finds the reading of “{slide.title}” on the home page."
    )
    return redirect("review:second-readings", project_id=slide.project.public_id)


@require_POST
def withdraw(request: HttpRequest, reading_id: UUID) -> HttpResponse:
    """Take a reading back, or give one's own back."""
    user = person(request)
    reading = selectors.get_reading(user=user, public_id=reading_id)
    services.withdraw(actor=user, reading=reading, request=request)
    messages.success(request, "The reading is withdrawn. Its labels are kept and count nowhere.")
    return redirect("review:second-readings", project_id=reading.project.public_id)


def _assign_page(
    request: HttpRequest, slide: Slide, *, form: AssignForm | None = None, status: int = 200
) -> HttpResponse:
    may_assign = can(request.user, Action.ASSIGN, slide.project)
    candidates = selectors.candidates(slide) if may_assign else []
    context = {
        "slide": slide,
        "may_assign": may_assign,
        "candidates": candidates,
        "cells": selectors.readable_cells(slide).count(),
        "form": form or AssignForm(candidates=candidates),
    }
    return render(request, "review/assign_reading.html", context, status=status)
