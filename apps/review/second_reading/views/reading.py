"""The page on which a second reader works, and the pictures it shows."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.permissions import person
from apps.core import storage
from apps.core.errors import DomainError, NotFound, NotPermitted
from apps.registry.selectors import classes_for
from apps.review.models import SecondReading
from apps.review.second_reading import selectors, services
from apps.slides.selectors import NOTHING_HERE


@require_safe
@never_cache
def read(request: HttpRequest, reading_id: UUID) -> HttpResponse:
    """Show the cells of one's reading, one large and all small; the script fills the page."""
    reading = selectors.get_own_reading(user=person(request), public_id=reading_id)
    if not reading.is_open:
        return redirect("review:second-reading", reading_id=reading.public_id)
    context = {"reading": reading, "classes": classes_for(reading.project)}
    return render(request, "review/read.html", context)


@require_POST
def finish(request: HttpRequest, reading_id: UUID) -> HttpResponse:
    """Say that one's reading is complete."""
    reading = selectors.get_own_reading(user=person(request), public_id=reading_id)
    try:
        services.finish(actor=person(request), reading=reading, request=request)
    except NotPermitted:
        raise
    except DomainError as problem:
        messages.error(request, problem.message)
        return redirect("review:read", reading_id=reading.public_id)
    messages.success(request, "The reading is finished. The slide is open to you again.")
    return redirect("review:second-reading", reading_id=reading.public_id)


@require_safe
def crop(request: HttpRequest, reading_id: UUID, item_id: UUID) -> HttpResponseBase:
    """Answer with the picture of a cell of a reading, for its reader and for who may decide about it."""
    user = person(request)
    readings = SecondReading.objects.visible_to(user).select_related("project")
    reading = readings.filter(public_id=reading_id).first()
    if reading is None:
        raise NotFound(NOTHING_HERE)
    items = reading.items if reading.reader_id == user.pk else selectors.to_decide(reading, user)
    key = items.filter(public_id=item_id).values_list("cell__crop_key", flat=True).first()
    if not key:
        raise NotFound(NOTHING_HERE)
    return storage.serve(request, key, "image/png")
