"""The pages of the gallery, and the parts of fields that they show."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from apps.accounts import audit
from apps.accounts.models import Project
from apps.accounts.permissions import Action, can, person
from apps.core.errors import Conflict
from apps.core.storage import IMMUTABLE, SANDBOX
from apps.inference.embedding.selectors import lacks_features
from apps.inference.embedding.services import embeddings_asked
from apps.registry.selectors import classes_for
from apps.review.gallery import windows
from apps.review.lookup import record_look
from apps.slides.selectors import get_field, get_project, get_slide


@require_safe
@never_cache
def slide_gallery(request: HttpRequest, slide_id: UUID) -> HttpResponse:
    """Show the cells of a slide in lanes of their classes. The script fills it."""
    slide = get_slide(user=person(request), public_id=slide_id)
    record_look(request, slide)
    return _page(request, slide.project, slide=slide)


@require_safe
@never_cache
def project_gallery(request: HttpRequest, project_id: UUID) -> HttpResponse:
    """Show the cells of all slides of a project in lanes of their classes."""
    project = get_project(user=person(request), public_id=project_id)
    audit.record_visit(actor=person(request), project=project, request=request)
    return _page(request, project, lacks_features=lacks_features(project))


@require_POST
def store_features(request: HttpRequest, project_id: UUID) -> HttpResponse:
    """Have the features stored that older cells lack, for orders by likeness; go back to the gallery."""
    project = get_project(user=person(request), public_id=project_id)
    try:
        job = embeddings_asked(actor=person(request), project=project)
    except Conflict as refused:
        messages.error(request, refused.message)
        return redirect("review:project-gallery", project_id=project.public_id)
    messages.success(
        request, "The features of the cells are being stored. The orders are there when it is done."
    )
    return redirect("jobs:detail", job_id=job.public_id)


@require_safe
def window(request: HttpRequest, field_id: UUID, x: int, y: int, side: int, size: int) -> HttpResponse:
    """Answer with a square part of a field, by centre and side in pixels of the field; kept for good."""
    field = get_field(user=person(request), public_id=field_id)
    audit.record_visit(
        actor=person(request),
        project=field.project,
        target=f"slide:{field.slide.public_id}",
        request=request,
    )
    data = windows.window(field=field, x=x, y=y, side=side, size=size)
    headers = {
        "Cache-Control": IMMUTABLE,
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": SANDBOX,
        "Cross-Origin-Resource-Policy": "same-origin",
    }
    return HttpResponse(data, content_type="image/jpeg", headers=headers)


def _page(request: HttpRequest, project: Project, **context: object) -> HttpResponse:
    shown = {
        "project": project,
        "can_label": can(person(request), Action.LABEL, project),
        "classes": classes_for(project),
    }
    return render(request, "review/gallery.html", {**shown, **context})
