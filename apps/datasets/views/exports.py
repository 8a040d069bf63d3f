"""Asking for an export, taking it, removing it."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from apps.accounts import audit
from apps.accounts.models import User
from apps.accounts.permissions import Action, person, require
from apps.cells.selectors.blind import refuse_undecided
from apps.core import storage
from apps.core.errors import DomainError, Gone, NotPermitted
from apps.datasets import selectors, services
from apps.datasets.forms import ExportForm
from apps.datasets.models import Export
from apps.datasets.views.project import datasets_page
from apps.slides.selectors import get_project


@require_POST
def begin(request: HttpRequest, project_id: UUID) -> HttpResponse:
    """Have an export written."""
    user = person(request)
    project = get_project(user=user, public_id=project_id)
    require(user, Action.EXPORT, project)
    form = ExportForm(request.POST, project=project, user=user)
    if not form.is_valid():
        return datasets_page(request, project, export_form=form, status=422)
    values = form.cleaned_data
    try:
        services.request_export(
            actor=user,
            project=project,
            format=values["format"],
            labels=values["labels"],
            slides=[slide.public_id for slide in values["slides"]],
            only_complete=values["only_complete"],
            names=values.get("names", False),
            request=request,
        )
    except NotPermitted:
        raise
    except DomainError as problem:
        form.add_error(problem.code if problem.code in form.fields else None, problem.message)
        return datasets_page(request, project, export_form=form, status=problem.status)
    messages.success(request, "The export is being written. It is listed below.")
    return redirect("datasets:project", project_id=project.public_id)


@require_safe
def file(request: HttpRequest, export_id: UUID) -> HttpResponseBase:
    """Hand out the archive of an export."""
    export = selectors.get_export(user=person(request), public_id=export_id)
    return export_file(request, export, actor=person(request))


def export_file(request: HttpRequest, export: Export, *, actor: User) -> HttpResponseBase:
    """Return the answer with an archive, and put on record that it was taken; for the page and the API.

    Raises:
        Gone: it is not there, not yet or not any more.
        NotPermitted: the person could still decide between two readers in the project.
    """
    refuse_undecided(actor, project=export.project_id)
    if not export.file_key:
        raise Gone("This export has no file: it is not written yet, or its time is over.", code="no-file")
    audit.record(
        actor=actor,
        verb="export-taken",
        project=export.project,
        target=f"export:{export.public_id}",
        detail={"what": export.get_format_display()},
        request=request,
    )
    name = f"wbcweb-{export.format}-{export.created_at:%Y%m%d}-{str(export.public_id)[:8]}.zip"
    return storage.serve(
        request, export.file_key, "application/zip", download_name=name, cache="private, no-store"
    )


@require_POST
def discard(request: HttpRequest, export_id: UUID) -> HttpResponse:
    """Remove an export's archive, or stop one that is being written."""
    export = selectors.get_export(user=person(request), public_id=export_id)
    try:
        services.discard_export(actor=person(request), export=export)
    except DomainError as problem:
        messages.error(request, problem.message)
    return redirect("datasets:project", project_id=export.project.public_id)
