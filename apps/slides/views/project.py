"""A project's slides: the table, and what one slide is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts import audit
from apps.accounts.models import Project
from apps.accounts.permissions import Action, actions, can, person, require
from apps.core.editing import show_both
from apps.core.errors import Conflict, DomainError, InvalidInput
from apps.slides import limits, selectors, services
from apps.slides.forms import DeviceForm, SlideForm, UploadForm
from apps.slides.models import Field, Slide

FIELDS_SHOWN = 100
FORM_FILES = 100
"""How many files the plain form may send at once; Django's own limit for one request."""


@require_GET
def project(request: HttpRequest, project_id: UUID) -> HttpResponse:
    """Show a project's slides and, to those who may, the way to add some."""
    found = selectors.get_project(user=person(request), public_id=project_id)
    audit.record_visit(actor=person(request), project=found, request=request)
    return project_page(request, found)


def project_page(
    request: HttpRequest, found: Project, *, form: UploadForm | None = None, status: int = 200
) -> HttpResponse:
    """Draw the project page, with an upload form that had a problem if there is one."""
    allowed = actions(person(request), found)
    may_upload = Action.UPLOAD in allowed
    search = request.GET.get("q", "")
    context: dict[str, Any] = {
        "project": found,
        "table": selectors.slide_table(
            user=person(request), project=found, search=search, page=request.GET.get("page", 1)
        ),
        "search": search,
        "may_upload": may_upload,
        "may_export": Action.EXPORT in allowed,
        "may_study": Action.STUDY in allowed,
        "max_mb": limits.max_bytes() // limits.MEBI,
    }
    if may_upload:
        context["form"] = form
        context["slides_to_add_to"] = selectors.slides_to_add_to(user=person(request), project=found)
    return render(request, "slides/project.html", context, status=status)


@require_http_methods(["GET", "POST"])
def edit_slide(request: HttpRequest, slide_id: UUID) -> HttpResponse:
    """Show and change what a slide is: title, specimen, device."""
    slide = selectors.get_slide(user=person(request), public_id=slide_id)
    require(person(request), Action.UPLOAD, slide.project)
    if request.method != "POST":
        return _edit_page(request, slide)
    if "fields" in request.POST:
        return _rename_fields(request, slide)
    form = SlideForm(request.POST, slide=slide)
    if not form.is_valid():
        return _edit_page(request, slide, form=form, status=422)
    try:
        services.describe(actor=person(request), slide=slide, **form.cleaned_data)
    except DomainError as problem:
        if problem.code == "stale":
            show_both(form, problem)
        else:
            form.add_error(problem.code if problem.code in form.fields else None, problem.message)
        slide.refresh_from_db()
        return _edit_page(request, slide, form=form, status=problem.status)
    messages.success(request, "The slide is saved.")
    return redirect("slides:project", project_id=slide.project.public_id)


def _rename_fields(request: HttpRequest, slide: Slide) -> HttpResponse:
    """Take the titles of fields from their form, each under the field's id."""
    fields = Field.objects.filter(slide=slide)
    titles = {
        field: request.POST[str(field)]
        for field in fields.values_list("public_id", flat=True)
        if str(field) in request.POST
    }
    seen = {field: request.POST.get(f"seen-{field}", "") for field in titles}
    try:
        changed = services.rename_fields(actor=person(request), slide=slide, titles=titles, seen=seen)
    except InvalidInput as problem:
        messages.error(request, problem.message)
    except Conflict as problem:
        typed = {field: title for field, title in titles.items() if title != seen[field]}
        return _edit_page(request, slide, typed=typed, refused=problem, status=problem.status)
    else:
        messages.success(request, f"{changed} title{'' if changed == 1 else 's'} changed.")
    return redirect(request.get_full_path())


@require_POST
def add_device(request: HttpRequest, slide_id: UUID) -> HttpResponse:
    """Remember a new device of the slide's project and give it to the slide."""
    slide = selectors.get_slide(user=person(request), public_id=slide_id)
    require(person(request), Action.UPLOAD, slide.project)
    form = DeviceForm(request.POST, slide=slide)
    if not form.is_valid():
        return _edit_page(request, slide, device_form=form, status=422)
    try:
        device = services.add_device(actor=person(request), slide=slide, **form.cleaned_data)
    except DomainError as problem:
        if problem.code == "stale":
            show_both(form, problem)
        else:
            form.add_error("name", problem.message)
        slide.refresh_from_db()
        return _edit_page(request, slide, device_form=form, status=problem.status)
    messages.success(request, f"“{device.name}” is remembered, and is the device of this slide.")
    return redirect("slides:edit-slide", slide_id=slide.public_id)


def _edit_page(
    request: HttpRequest,
    slide: Slide,
    *,
    form: SlideForm | None = None,
    device_form: DeviceForm | None = None,
    typed: Mapping[UUID, str] | None = None,
    refused: Conflict | None = None,
    status: int = 200,
) -> HttpResponse:
    """Draw the page; ``typed`` titles of fields are shown beside those that stand, with why they were refused."""
    fields = Paginator(slide.fields.order_by("position"), FIELDS_SHOWN).get_page(request.GET.get("page"))
    typed = typed or {}
    stale = refused.detail["current"] if refused else {}
    context = {
        "slide": slide,
        "project": slide.project,
        "form": form or SlideForm(slide=slide),
        "device_form": device_form or DeviceForm(slide=slide),
        "fields": fields,
        "titles": [(f, typed.get(f.public_id, f.title), str(f.public_id) in stale) for f in fields],
        "refused": refused,
        "may_erase": can(person(request), Action.ERASE, slide.project),
    }
    return render(request, "slides/edit_slide.html", context, status=status)
