"""What a project signs by: rules, laboratory, reference ranges."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts import audit
from apps.accounts.models import Project
from apps.accounts.permissions import Action, can, person, require
from apps.accounts.selectors import get_project
from apps.core.editing import show_both
from apps.core.errors import Conflict, InvalidInput
from apps.registry.selectors import classes_for
from apps.review.differential.count import rules_of
from apps.review.models import ReferenceRange, SigningRules
from apps.review.signing import laboratory as services
from apps.review.signing.forms import RangeFileForm, RangeForm, RulesForm
from apps.review.signing.range_files import LARGEST, read_ranges, write_ranges

ENDED_SHOWN = 100


@require_http_methods(["GET", "HEAD", "POST"])
def rules(request: HttpRequest, project_id: UUID) -> HttpResponse:
    """Show what a project signs by; its managers change the rules."""
    project = get_project(user=person(request), public_id=project_id)
    if request.method != "POST":
        audit.record_visit(actor=person(request), project=project, request=request)
        return _page(request, project)
    require(person(request), Action.RANGES, project)
    found = rules_of(project)
    allowed = services.laboratories_for(user=person(request), project=project)
    form = RulesForm(request.POST, rules=found, laboratories=allowed)
    if not form.is_valid():
        return _page(request, project, rules_form=form, status=422)
    given = dict(form.cleaned_data)
    chosen = given.pop("laboratory")
    try:
        services.save_rules(
            actor=person(request),
            project=project,
            laboratory=chosen.public_id if chosen else None,
            request=request,
            **given,
        )
    except (Conflict, InvalidInput) as refused:
        if refused.code == "stale":
            show_both(form, refused)
        else:
            form.add_error(refused.code if refused.code in form.fields else None, refused.message)
        return _page(request, project, rules_form=form, status=refused.status)
    messages.success(request, "Saved. Reports that are signed stay as they are.")
    return redirect("review:signing-rules", project_id=project.public_id)


@require_POST
def add_range(request: HttpRequest, project_id: UUID) -> HttpResponse:
    """Add a reference range."""
    project = _of_manager(request, project_id)
    form = RangeForm(request.POST, project=project)
    if not form.is_valid():
        return _page(request, project, range_form=form, status=422)
    try:
        services.add_ranges(actor=person(request), project=project, ranges=[form.values()], request=request)
    except InvalidInput as refused:
        form.add_error(None, refused.message)
        return _page(request, project, range_form=form, status=422)
    messages.success(request, "The range is added.")
    return redirect("review:signing-rules", project_id=project.public_id)


@require_http_methods(["GET", "HEAD", "POST"])
def change_range(request: HttpRequest, project_id: UUID, range_id: UUID) -> HttpResponse:
    """Put another range in the place of one."""
    project = _of_manager(request, project_id)
    held = _held(project, range_id)
    if request.method != "POST":
        form = RangeForm(project=project, initial=_initial(held))
        return _range_page(request, project, held, form)
    form = RangeForm(request.POST, project=project)
    if not form.is_valid():
        return _range_page(request, project, held, form, status=422)
    try:
        services.change_range(
            actor=person(request), project=project, public_id=range_id, values=form.values(), request=request
        )
    except (Conflict, InvalidInput) as refused:
        form.add_error(None, refused.message)
        return _range_page(request, project, held, form, status=refused.status)
    messages.success(
        request, "The range is changed. Reports that are signed keep the one they were judged by."
    )
    return redirect("review:signing-rules", project_id=project.public_id)


@require_POST
def end_range(request: HttpRequest, project_id: UUID, range_id: UUID) -> HttpResponse:
    """Let a range hold no more."""
    project = _of_manager(request, project_id)
    services.end_range(actor=person(request), project=project, public_id=range_id, request=request)
    messages.success(request, "The range holds no more. Reports that are signed keep it.")
    return redirect("review:signing-rules", project_id=project.public_id)


@require_POST
def load_ranges(request: HttpRequest, project_id: UUID) -> HttpResponse:
    """Add the reference ranges of a CSV file, all or none."""
    project = _of_manager(request, project_id)
    form = RangeFileForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, project, file_form=form, status=422)
    try:
        found = read_ranges(form.cleaned_data["file"].read(LARGEST + 1))
        services.add_ranges(actor=person(request), project=project, ranges=found, request=request)
    except InvalidInput as refused:
        form.add_error("file", refused.message)
        return _page(request, project, file_form=form, status=422)
    messages.success(request, f"{len(found)} range{'s' if len(found) > 1 else ''} loaded.")
    return redirect("review:signing-rules", project_id=project.public_id)


@require_safe
def ranges_file(request: HttpRequest, project_id: UUID) -> HttpResponse:
    """Hand the ranges that hold out as the file that can be loaded."""
    project = get_project(user=person(request), public_id=project_id)
    found = rules_of(project).laboratory
    held = found.ranges.filter(ended_at__isnull=True) if found else ReferenceRange.objects.none()
    headers = {"Content-Disposition": 'attachment; filename="reference-ranges.csv"'}
    return HttpResponse(write_ranges(held), content_type="text/csv; charset=utf-8", headers=headers)


def _of_manager(request: HttpRequest, project_id: UUID) -> Project:
    project = get_project(user=person(request), public_id=project_id)
    require(person(request), Action.RANGES, project)
    return project


def _held(project: Project, range_id: UUID) -> ReferenceRange:
    return services.held_range(project=project, public_id=range_id)


def _initial(held: ReferenceRange) -> dict[str, Any]:
    names = ("cell_class", "unit", "low", "high", "sex", "age_low", "age_high", "source", "valid_from")
    return {name: getattr(held, name) for name in names}


def _page(
    request: HttpRequest,
    project: Project,
    *,
    rules_form: RulesForm | None = None,
    range_form: RangeForm | None = None,
    file_form: RangeFileForm | None = None,
    status: int = 200,
) -> HttpResponse:
    found: SigningRules = rules_of(project)
    allowed = services.laboratories_for(user=person(request), project=project)
    ranges = list(found.laboratory.ranges.select_related("ended_by")) if found.laboratory else []
    titles = {c.name: c.title for c in classes_for(project)}
    ended = [each for each in ranges if each.ended_at is not None]
    context = {
        "project": project,
        "rules": found,
        "may_change": can(person(request), Action.RANGES, project),
        "rules_form": rules_form or RulesForm(rules=found, laboratories=allowed),
        "range_form": range_form or RangeForm(project=project, initial={"valid_from": timezone.localdate()}),
        "file_form": file_form or RangeFileForm(label_suffix=""),
        "ranges": [
            (each, titles.get(each.cell_class, each.cell_class)) for each in ranges if each.ended_at is None
        ],
        "ended": [(each, titles.get(each.cell_class, each.cell_class)) for each in ended[-ENDED_SHOWN:]],
    }
    return render(request, "review/signing_rules.html", context, status=status)


def _range_page(
    request: HttpRequest, project: Project, held: ReferenceRange, form: RangeForm, *, status: int = 200
) -> HttpResponse:
    context = {"project": project, "held": held, "form": form}
    return render(request, "review/range.html", context, status=status)
