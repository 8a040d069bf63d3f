"""The trash of a project, and erasing a specimen."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts import audit
from apps.accounts.confirm import confirmed_only
from apps.accounts.models import Project
from apps.accounts.permissions import Action, can, person, require
from apps.core.confirming import TypedConfirmation
from apps.slides import selectors, services


@require_GET
def trash(request: HttpRequest, project_id: UUID) -> HttpResponse:
    """Show a project's slides in the trash: who put them there, when, and when they are removed for good."""
    found = selectors.get_project(user=person(request), public_id=project_id)
    audit.record_visit(actor=person(request), project=found, request=request)
    return _trash_page(request, found)


@require_POST
def empty_trash(request: HttpRequest, project_id: UUID) -> HttpResponse:
    """Remove everything in the trash for good, once the name of the project was typed."""
    found = selectors.get_project(user=person(request), public_id=project_id)
    require(person(request), Action.ERASE, found)
    form = _emptying(found, request)
    if not form.is_valid():
        return _trash_page(request, found, form=form, status=422)
    job = services.empty_trash(actor=person(request), project=found, request=request)
    messages.success(request, "What was in the trash is being removed for good.")
    return redirect("jobs:detail", job_id=job.public_id)


@require_POST
def trash_slide(request: HttpRequest, slide_id: UUID) -> HttpResponse:
    """Move a slide to the trash."""
    slide = selectors.get_slide(user=person(request), public_id=slide_id, trashed=True)
    services.trash(actor=person(request), slide=slide, request=request)
    days = settings.WBCWEB_TRASH_DAYS
    messages.success(
        request,
        f"“{slide.title}” is in the trash. It can be restored from there for {days} day{'s' if days > 1 else ''}.",
    )
    return redirect("slides:project", project_id=slide.project.public_id)


@require_POST
def restore_slide(request: HttpRequest, slide_id: UUID) -> HttpResponse:
    """Take a slide out of the trash."""
    slide = selectors.get_slide(user=person(request), public_id=slide_id, trashed=True)
    services.restore(actor=person(request), slide=slide, request=request)
    messages.success(request, f"“{slide.title}” is back.")
    return redirect("slides:project", project_id=slide.project.public_id)


@require_http_methods(["GET", "POST"])
@confirmed_only
def erase_specimen(request: HttpRequest, specimen_id: UUID) -> HttpResponse:
    """Say what goes with a specimen, and erase it once its pseudonym was typed."""
    specimen = selectors.get_specimen(user=person(request), public_id=specimen_id)
    require(person(request), Action.ERASE, specimen.project)
    form = TypedConfirmation(
        request.POST if request.method == "POST" else None,
        wanted=specimen.pseudonym,
        label=f"Type {specimen.pseudonym} to erase it",
    )
    if request.method == "POST" and form.is_valid():
        job = services.erase_specimen(actor=person(request), specimen=specimen, request=request)
        messages.success(request, "The specimen is out of sight now and is being removed for good.")
        return redirect("jobs:detail", job_id=job.public_id)
    context = {
        "specimen": specimen,
        "project": specimen.project,
        "slides": selectors.slides_of_specimen(specimen),
        "form": form,
    }
    return render(request, "slides/erase_specimen.html", context, status=422 if form.is_bound else 200)


def _emptying(project: Project, request: HttpRequest | None = None) -> TypedConfirmation:
    return TypedConfirmation(
        request.POST if request is not None else None,
        wanted=project.name,
        label=f"Type {project.name} to empty it",
    )


def _trash_page(
    request: HttpRequest, project: Project, *, form: TypedConfirmation | None = None, status: int = 200
) -> HttpResponse:
    may_erase = can(person(request), Action.ERASE, project)
    context = {
        "project": project,
        "page": selectors.trashed_slides(
            user=person(request), project=project, page=request.GET.get("page", 1)
        ),
        "days": settings.WBCWEB_TRASH_DAYS,
        "may_restore": can(person(request), Action.UPLOAD, project),
        "may_erase": may_erase,
        "form": (form or _emptying(project)) if may_erase else None,
    }
    return render(request, "slides/trash.html", context, status=status)
