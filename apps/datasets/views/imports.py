"""An import from its archive to its receipt."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.models import Project
from apps.accounts.permissions import Action, person, require
from apps.core.errors import Conflict, DomainError, InvalidInput
from apps.datasets import receiving, selectors, services
from apps.datasets.forms import ImportForm, MappingForm
from apps.datasets.models import Import
from apps.datasets.views.project import datasets_page
from apps.jobs.services import may_cancel
from apps.slides.receiving import Received, StoredUpload, kept_only
from apps.slides.selectors import get_project


@csrf_exempt  # only so that the handler below is in place before the body is read; the inner view checks the token
@require_POST
def begin(request: HttpRequest, project_id: UUID) -> HttpResponse:
    """Take an archive, or files that become one."""
    project = get_project(user=person(request), public_id=project_id)
    require(person(request), Action.IMPORT, project)
    receiving.refuse_by_length(request)
    receiver = receiving.ArchiveReceiver(request)
    request.upload_handlers = [receiver]
    return _receive(request, project, receiver)


@csrf_protect
def _receive(request: HttpRequest, project: Project, receiver: receiving.ArchiveReceiver) -> HttpResponse:
    with kept_only(receiver) as keep:
        form = ImportForm(request.POST)
        if not form.is_valid():
            return datasets_page(request, project, import_form=form, status=422)
        files = [sent.received for sent in request.FILES.getlist("files") if isinstance(sent, StoredUpload)]
        if receiver.refused:
            form.add_error(None, receiver.refused[0].message)
            return datasets_page(request, project, import_form=form, status=422)
        try:
            key, size = receiving.as_one_archive(files)
            keep(Received("", key, size))
            source = services.open_import(
                actor=person(request),
                project=project,
                source_key=key,
                size=size,
                request=request,
                **form.cleaned_data,
            )
        except InvalidInput as problem:
            form.add_error(problem.code if problem.code in form.fields else None, problem.message)
            return datasets_page(request, project, import_form=form, status=422)
    return redirect("datasets:import", import_id=source.public_id)


@require_GET
def show(request: HttpRequest, import_id: UUID) -> HttpResponse:
    """Show where an import stands: its progress, what its classes become, its receipt."""
    return _page(request, selectors.get_import(user=person(request), public_id=import_id))


def _page(
    request: HttpRequest, source: Import, *, form: MappingForm | None = None, status: int = 200
) -> HttpResponse:
    context = {
        "project": source.project,
        "import": source,
        "report": selectors.report(source),
        "job": source.job,
        "may_cancel": source.job is not None and may_cancel(job=source.job, actor=person(request)),
    }
    if source.counts.get("crops"):
        context["crops"] = selectors.crops_count(source, person(request))
    if source.state == "mapping":
        context["form"] = form or MappingForm(source=source)
    return render(request, "datasets/import.html", context, status=status)


@require_POST
def confirm(request: HttpRequest, import_id: UUID) -> HttpResponse:
    """Take what the classes become, and have the import stored."""
    source = selectors.get_import(user=person(request), public_id=import_id)
    form = MappingForm(request.POST, source=source)
    if source.state == "mapping" and not form.is_valid():
        return _page(request, source, form=form, status=422)
    try:
        services.confirm(
            actor=person(request), source=source, mapping=form.mapping if form.is_valid() else {}
        )
    except DomainError as problem:
        messages.error(request, problem.message)
    return redirect("datasets:import", import_id=source.public_id)


@require_POST
def go_on(request: HttpRequest, import_id: UUID) -> HttpResponse:
    """Go on with an import whose job was cancelled or failed."""
    source = selectors.get_import(user=person(request), public_id=import_id)
    try:
        services.go_on(actor=person(request), source=source)
    except DomainError as problem:
        messages.error(request, problem.message)
    return redirect("datasets:import", import_id=source.public_id)


@require_POST
def discard(request: HttpRequest, import_id: UUID) -> HttpResponse:
    """Give up an import of which nothing was stored."""
    source = selectors.get_import(user=person(request), public_id=import_id)
    try:
        services.discard(actor=person(request), source=source)
    except DomainError as problem:
        messages.error(request, problem.message)
        return redirect("datasets:import", import_id=source.public_id)
    messages.success(request, "The import is given up; nothing of it was stored.")
    return redirect("datasets:project", project_id=source.project.public_id)


@require_POST
def remove_crops(request: HttpRequest, import_id: UUID) -> HttpResponse:
    """Remove the pictures of single cells that an import brought."""
    return _crops(
        request, import_id, services.remove_crops, "removed. They count nowhere until they are brought back."
    )


@require_POST
def bring_crops_back(request: HttpRequest, import_id: UUID) -> HttpResponse:
    """Bring the removed pictures of single cells of an import back."""
    return _crops(request, import_id, services.bring_crops_back, "brought back, with their labels.")


def _crops(request: HttpRequest, import_id: UUID, act: Callable[..., int], words: str) -> HttpResponse:
    source = selectors.get_import(user=person(request), public_id=import_id)
    try:
        n = act(actor=person(request), source=source, request=request)
    except Conflict as problem:
        messages.error(request, problem.message)
    else:
        messages.success(request, f"{n} picture{'' if n == 1 else 's'} {words}")
    return redirect("datasets:import", import_id=source.public_id)


@require_GET
def receipt(request: HttpRequest, import_id: UUID) -> HttpResponseBase:
    """Return the whole receipt as CSV."""
    source = selectors.get_import(user=person(request), public_id=import_id)
    return receipt_file(source)


def receipt_file(source: Import) -> StreamingHttpResponse:
    """Return the answer with a receipt, for the page and the API."""
    named = {"Content-Disposition": f'attachment; filename="import-{source.public_id}.csv"'}
    return StreamingHttpResponse(
        selectors.receipt_csv(source), content_type="text/csv; charset=utf-8", headers=named
    )
