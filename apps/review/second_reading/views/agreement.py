"""How far the two readers of a slide agree, as a page and as a table to download."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from apps.accounts import audit
from apps.accounts.permissions import Action, can, person, require
from apps.core import csv
from apps.core.errors import NotPermitted
from apps.registry.selectors import classes_for
from apps.review.lookup import record_look
from apps.review.second_reading import results, selectors, services


@require_safe
@never_cache
def show(request: HttpRequest, reading_id: UUID) -> HttpResponse:
    """Show how far a reading is, and once it is done how far the two agree."""
    user = person(request)
    reading = selectors.get_reading(user=user, public_id=reading_id)
    if reading.is_open and reading.reader_id == user.pk:
        return redirect("review:read", reading_id=reading.public_id)
    record_look(request, reading.slide)
    progress = selectors.progress_of([reading]).get(reading.pk, selectors.Progress())
    context = {
        "reading": reading,
        "progress": progress,
        "found": results.figures(reading, classes_for(reading.project)),
        "table_open": selectors.table_is_open(reading, user),
        "to_decide": selectors.to_decide(reading, user).filter(decided_class="").count(),
        "left": selectors.disagreements(reading).filter(decided_class="").count(),
        "may_assign": can(user, Action.ASSIGN, reading.project),
        "may_export": can(user, Action.EXPORT, reading.project),
    }
    return render(request, "review/agreement.html", context)


@require_POST
def open_table(request: HttpRequest, reading_id: UUID) -> HttpResponse:
    """Let the person see who said what, and decide no more."""
    reading = selectors.get_reading(user=person(request), public_id=reading_id)
    services.open_table(actor=person(request), reading=reading, request=request)
    return redirect("review:second-reading", reading_id=reading.public_id)


@require_POST
def compare(request: HttpRequest, reading_id: UUID) -> HttpResponse:
    """Compare labels that others gave since the reading was finished."""
    reading = selectors.get_reading(user=person(request), public_id=reading_id)
    found = services.compare_again(actor=person(request), reading=reading, request=request)
    messages.success(request, f"{found} further cell{'s are' if found != 1 else ' is'} compared.")
    return redirect("review:second-reading", reading_id=reading.public_id)


@require_safe
def export(request: HttpRequest, reading_id: UUID) -> HttpResponse:
    """Answer with the cells that both read as CSV; for who may take data out and may know who said what."""
    user = person(request)
    reading = selectors.get_reading(user=user, public_id=reading_id)
    require(user, Action.EXPORT, reading.project)
    if not selectors.table_is_open(reading, user):
        raise NotPermitted(
            "There are disagreements that you could decide. Decide them first, or open the table on the page.",
            code="not-opened",
        )
    header, rows = results.rows(reading)
    audit.record(
        actor=user,
        verb="exported",
        project=reading.project,
        target=f"slide:{reading.slide.public_id}",
        detail={"what": "second reading", "rows": len(rows)},
        request=request,
    )
    named = {"Content-Disposition": f'attachment; filename="agreement-{reading.public_id}.csv"'}
    table = "".join(csv.lines(header=header, rows=rows))
    return HttpResponse(table, content_type="text/csv; charset=utf-8", headers=named)
