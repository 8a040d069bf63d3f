"""Uploading without a script, and the page that tells what became of an upload."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.models import Project
from apps.accounts.permissions import Action, can, person, require
from apps.core.errors import DomainError, InvalidInput
from apps.slides import selectors, services
from apps.slides.api.upload_views import own_upload, refuse_by_length
from apps.slides.forms import UploadForm
from apps.slides.models import Slide
from apps.slides.receiving import Receiver, StoredUpload, kept_only
from apps.slides.views.project import FORM_FILES, project_page


@csrf_exempt  # only so that the handler below is in place before the body is read; the inner view checks the token
@require_POST
def upload(request: HttpRequest, project_id: UUID) -> HttpResponse:
    """Take the files of the plain form, all in one request."""
    project = selectors.get_project(user=person(request), public_id=project_id)
    require(person(request), Action.UPLOAD, project)
    refuse_by_length(request, files=FORM_FILES)
    receiver = Receiver(request)
    request.upload_handlers = [receiver]
    return _receive(request, project, receiver)


@csrf_protect
def _receive(request: HttpRequest, project: Project, receiver: Receiver) -> HttpResponse:
    with kept_only(receiver) as keep:
        form = UploadForm(request.POST)
        if not form.is_valid():
            return project_page(request, project, form=form, status=422)
        files = [sent for sent in request.FILES.getlist("files") if isinstance(sent, StoredUpload)]
        if not files and not receiver.refused:
            form.add_error(None, "Choose at least one file.")
            return project_page(request, project, form=form, status=422)
        try:
            begun = services.open_upload(
                requester=person(request),
                project=project,
                mode=form.cleaned_data["mode"],
                title=form.cleaned_data["title"] if form.cleaned_data["mode"] == "one-slide" else "",
                slide=_slide_to_add_to(request, form),
            )
        except InvalidInput as problem:
            form.add_error(problem.code if problem.code in form.fields else None, problem.message)
            return project_page(request, project, form=form, status=422)
        for sent in files:
            services.add_file(upload=begun, received=sent.received)
            keep(sent.received)
        for refused in receiver.refused:
            services.add_refused(upload=begun, refused=refused)
        services.complete(upload=begun, request=request)
    return redirect("slides:upload-report", upload_id=begun.public_id)


def _slide_to_add_to(request: HttpRequest, form: UploadForm) -> Slide | None:
    wanted = form.cleaned_data["slide"]
    if form.cleaned_data["mode"] != "add-to-slide" or wanted is None:
        return None
    return Slide.objects.visible_to(person(request)).filter(public_id=wanted).first()


@require_GET
def report(request: HttpRequest, upload_id: UUID) -> HttpResponse:
    """Tell what became of an upload's files; a fragment while the page polls."""
    found = selectors.get_upload(user=person(request), public_id=upload_id)
    context = {
        "project": found.project,
        "upload": found,
        "report": selectors.upload_report(upload=found),
        "may_retry": found.requester_id == person(request).pk
        and can(person(request), Action.UPLOAD, found.project),
    }
    fragment = bool(getattr(request, "htmx", False))
    return render(request, "slides/_upload_report.html" if fragment else "slides/upload.html", context)


@require_POST
def retry(request: HttpRequest, upload_id: UUID) -> HttpResponse:
    """Go on with the files that still wait after a cancelled or failed job."""
    found = own_upload(person(request), upload_id)
    try:
        services.complete(upload=found, request=request)
    except DomainError as problem:
        messages.error(request, problem.message)
    return redirect("slides:upload-report", upload_id=found.public_id)
