"""Pixels of fields, after asking who may see them."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from apps.accounts import audit
from apps.accounts.permissions import person
from apps.core import storage
from apps.slides import selectors


@require_safe
def image(request: HttpRequest, field_id: UUID) -> HttpResponseBase:
    """Answer with a field's lossless picture (PNG)."""
    field = selectors.get_field(user=person(request), public_id=field_id)
    target = f"slide:{field.slide.public_id}"
    audit.record_visit(actor=person(request), project=field.project, target=target, request=request)
    return storage.serve(request, field.image_key, "image/png")


@require_safe
def thumbnail(request: HttpRequest, field_id: UUID) -> HttpResponseBase:
    """Answer with a field's small picture (JPEG, at most 320 pixels a side)."""
    field = selectors.get_field(user=person(request), public_id=field_id)
    return storage.serve(request, field.thumbnail_key, "image/jpeg")
