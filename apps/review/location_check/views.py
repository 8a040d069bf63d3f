"""Pages of the cell-location check: a project's checks with their charts, one check, one drawn field."""

from __future__ import annotations

import json
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts import audit
from apps.accounts.permissions import Action, can, person, require
from apps.core import csv
from apps.core.errors import DomainError, NotFound, NotPermitted
from apps.review.location_check import selectors, services
from apps.review.location_check.chart import charts, sentence
from apps.review.location_check.forms import ResultForm, StartForm
from apps.review.models import LocationCheck
from apps.slides.selectors import get_project

_HEADER = (
    "check",
    "closed",
    "stain",
    "device",
    "by",
    "fields",
    "cells",
    "found",
    "missed",
    "boxes_without_a_cell",
    "share_found",
    "low_95",
    "high_95",
    "cells_wanted",
)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def checks(request: HttpRequest, project_id: UUID) -> HttpResponse:
    """Show a project's checks with their control charts; start one."""
    user = person(request)
    project = get_project(user=user, public_id=project_id)
    if request.method == "POST":
        require(user, Action.LABEL, project)
    audit.record_visit(actor=user, project=project, request=request)
    groups = selectors.groups(user=user, project=project)
    form = StartForm(request.POST or None, groups=groups)
    status = 200
    if request.method == "POST":
        if form.is_valid():
            stain, device = form.chosen()
            try:
                check = services.start(actor=user, project=project, stain=stain, device=device)
            except (NotFound, NotPermitted):
                raise
            except DomainError as error:
                form.add_error(None, error.message)
            else:
                return redirect("review:location-check", check_id=check.public_id)
        status = 422
    found = selectors.checks_of(user=user, project=project)
    context = {
        "project": project,
        "groups": groups,
        "form": form,
        "rows": [(check, selectors.tally_of(check)) for check in found if check.closed_at is not None],
        "open_checks": selectors.open_ones(found),
        "charts": charts(found),
        "can_label": can(user, Action.LABEL, project),
        "may_export": can(user, Action.EXPORT, project),
        "wanted": selectors.CELLS_WANTED,
        "least": round(100 * selectors.LEAST_SHARE),
    }
    return render(request, "review/location_check/list.html", context, status=status)


@require_safe
def export(request: HttpRequest, project_id: UUID) -> HttpResponse:
    """Answer with the closed checks of a project as CSV."""
    user = person(request)
    project = get_project(user=user, public_id=project_id)
    require(user, Action.EXPORT, project)
    audit.record(
        actor=user,
        verb="exported",
        project=project,
        target=f"project:{project.public_id}",
        detail={"what": "location checks"},
        request=request,
    )
    closed = [c for c in selectors.checks_of(user=user, project=project) if c.closed_at is not None]
    response = HttpResponse(
        csv.lines(header=_HEADER, rows=map(_row, reversed(closed))), content_type="text/csv; charset=utf-8"
    )
    name = f"location-checks-{timezone.now():%Y-%m-%d}.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@require_safe
@never_cache
def check(request: HttpRequest, check_id: UUID) -> HttpResponse:
    """Show one check: its fields, what was found so far, how many cells are still needed."""
    user = person(request)
    found = selectors.get_check(user=user, public_id=check_id)
    audit.record_visit(actor=user, project=found.project, request=request)
    reads = selectors.reads_of(found)
    tally = selectors.tally_of(found, reads)
    context = {
        "check": found,
        "title": selectors.in_words(found.stain, found.device_name),
        "reads": reads,
        "tally": tally,
        "sentence": sentence(tally),
        "unread": selectors.next_unread(reads),
        "can_label": can(user, Action.LABEL, found.project),
        "least": round(100 * selectors.LEAST_SHARE),
    }
    return render(request, "review/location_check/check.html", context)


@require_POST
def more(request: HttpRequest, check_id: UUID) -> HttpResponse:
    """Draw further fields."""
    found = selectors.get_check(user=person(request), public_id=check_id)
    try:
        services.draw_more(actor=person(request), check=found)
    except (NotFound, NotPermitted):
        raise
    except DomainError as error:
        messages.error(request, error.message)
    return redirect("review:location-check", check_id=found.public_id)


@require_POST
def close(request: HttpRequest, check_id: UUID) -> HttpResponse:
    """Freeze the counts of a check."""
    found = selectors.get_check(user=person(request), public_id=check_id)
    try:
        services.close(actor=person(request), check=found)
    except (NotFound, NotPermitted):
        raise
    except DomainError as error:
        messages.error(request, error.message)
    return redirect("review:location-check", check_id=found.public_id)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def place(request: HttpRequest, check_id: UUID, number: int) -> HttpResponse:
    """Show a drawn field with its boxes; take what a person says is wrong on it, and go to the next."""
    user = person(request)
    found = selectors.get_check(user=user, public_id=check_id)
    if request.method == "POST":
        require(user, Action.LABEL, found.project)
    drawn = selectors.get_place(user=user, check=found, number=number)
    status = 200
    if request.method == "POST":
        form = ResultForm(request.POST)
        if form.is_valid():
            try:
                services.say(
                    actor=user,
                    place=drawn,
                    missed=form.cleaned_data["missed"],
                    false_boxes=form.cleaned_data["false_boxes"],
                )
            except (NotFound, NotPermitted):
                raise
            except DomainError as error:
                messages.error(request, error.message)
            else:
                return _onward(found)
        else:
            messages.error(request, "What was marked could not be read. Mark it once more.")
        status = 422
    audit.record_visit(
        actor=user, project=found.project, target=f"slide:{drawn.field.slide.public_id}", request=request
    )
    reads = selectors.reads_of(found)
    mine = next(read for read in reads if read.place.pk == drawn.pk)
    context = {
        "check": found,
        "title": selectors.in_words(found.stain, found.device_name),
        "place": drawn,
        "total": len(reads),
        "result": mine.result,
        "data": json.dumps(_data(mine)),
        "can_label": can(user, Action.LABEL, found.project) and found.closed_at is None,
    }
    return render(request, "review/location_check/field.html", context, status=status)


def _onward(found: LocationCheck) -> HttpResponse:
    unread = selectors.next_unread(selectors.reads_of(found))
    if unread is None:
        return redirect("review:location-check", check_id=found.public_id)
    return redirect("review:location-check-field", check_id=found.public_id, number=unread.number)


def _data(read: selectors.Read) -> dict[str, object]:
    """Return what the script draws."""
    field = read.place.field
    return {
        "id": str(field.public_id),
        "width": field.width,
        "height": field.height,
        "um_per_px": field.um_per_px,
        "boxes": read.place.boxes,
        "missed": read.result.missed if read.result else [],
        "false_boxes": read.result.false_boxes if read.result else [],
    }


def _row(row: LocationCheck) -> tuple[object, ...]:
    tally = selectors.tally_of(row)
    low, high = tally.interval or (None, None)
    return (
        str(row.public_id),
        row.closed_at.isoformat(timespec="seconds") if row.closed_at else None,
        row.stain,
        row.device_name,
        row.closed_by.display_name if row.closed_by else None,
        tally.read,
        tally.cells,
        tally.found,
        tally.missed,
        tally.false_boxes,
        _share(tally.share),
        _share(low),
        _share(high),
        tally.wanted,
    )


def _share(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
