"""The page on which disagreements are decided."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from apps.accounts.permissions import Action, person, require
from apps.registry.selectors import classes_for
from apps.review.second_reading import selectors


@require_safe
@never_cache
def adjudicate(request: HttpRequest, reading_id: UUID) -> HttpResponse:
    """Show the cells that two people class differently, without saying who said what; the script fills the page."""
    user = person(request)
    reading = selectors.get_reading(user=user, public_id=reading_id)
    require(user, Action.LABEL, reading.project)
    context = {
        "reading": reading,
        "classes": classes_for(reading.project),
        "allowed": selectors.reading_is_for(reading, user),
        "opened": selectors.has_opened(reading, user),
    }
    return render(request, "review/adjudicate.html", context)
