"""The record of what people did: of the whole site for its administrators, of a project for its managers."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from apps.accounts import audit, audit_trail, selectors
from apps.accounts.audit_forms import AuditFilterForm, Cursor
from apps.accounts.audit_trail import Filters
from apps.accounts.models import Project
from apps.accounts.permissions import Action, person, require
from apps.accounts.views.people import site_admin_only
from apps.core import csv


@require_GET
@site_admin_only
def of_site(request: HttpRequest) -> HttpResponse:
    """Show the record of the whole site."""
    return _page(request, project=None)


@require_GET
@site_admin_only
def export_of_site(request: HttpRequest) -> HttpResponseBase:
    """Hand out the record of the whole site, as filtered."""
    return _export(request, project=None)


@require_GET
def of_project(request: HttpRequest, project_id: UUID) -> HttpResponse:
    """Show the record of a project to those who manage it."""
    return _page(request, project=_managed(request, project_id))


@require_GET
def export_of_project(request: HttpRequest, project_id: UUID) -> HttpResponseBase:
    """Hand out the record of a project, as filtered."""
    return _export(request, project=_managed(request, project_id))


def _managed(request: HttpRequest, project_id: UUID) -> Project:
    project = selectors.get_project(user=request.user, public_id=project_id)
    require(request.user, Action.MANAGE_MEMBERS, project)
    return project


def _filters(form: AuditFilterForm, project: Project | None) -> Filters:
    """Return what is asked for; a project's page never shows another project's events."""
    asked = form.filters()
    return asked if project is None else replace(asked, project=project)


def _page(request: HttpRequest, *, project: Project | None) -> HttpResponse:
    form = AuditFilterForm(request.GET, with_projects=project is None)
    cursor = Cursor(request.GET)
    context: dict[str, Any] = {"project": project, "form": form}
    if not form.is_valid() or not cursor.is_valid():
        return render(request, "accounts/audit.html", context, status=400)
    context["page"] = audit_trail.page(_filters(form, project), **cursor.cleaned_data)
    context["kept"] = form.query()
    name = "project-audit" if project else "site-audit"
    args = [project.public_id] if project else []
    context["here"] = reverse(f"accounts:{name}", args=args)
    context["export"] = reverse(f"accounts:{name}-export", args=args)
    return render(request, "accounts/audit.html", context)


def _export(request: HttpRequest, *, project: Project | None) -> HttpResponseBase:
    form = AuditFilterForm(request.GET, with_projects=project is None)
    if not form.is_valid():
        return render(request, "accounts/audit.html", {"project": project, "form": form}, status=400)
    filters = _filters(form, project)
    # The record first: what is taken out is on record even when the line breaks, and is among what is taken out.
    audit.record(
        actor=person(request),
        verb="exported",
        project=project,
        target=f"project:{project.public_id}" if project else "",
        detail={"what": "record"},
        request=request,
    )
    lines: Iterator[str] = csv.lines(
        header=audit_trail.EXPORT_HEADER, rows=audit_trail.rows_for_export(filters)
    )
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    name = f"record-{timezone.now():%Y-%m-%d}.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
