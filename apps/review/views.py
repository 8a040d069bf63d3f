"""The slide page, the same as a plain table for browsers without scripts, and pictures of cells."""

from __future__ import annotations

from uuid import UUID, uuid4

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.permissions import Action, can, person
from apps.cells import services
from apps.cells.selectors.blind import cover
from apps.cells.selectors.single import crop_key
from apps.core import storage
from apps.core.errors import DomainError, NotFound, NotPermitted
from apps.inference.selectors import analysis_state
from apps.inference.services import analyse_again
from apps.registry.selectors import classes_for
from apps.review import document
from apps.review.forms import LabelForm
from apps.review.lookup import get_cell, record_look
from apps.slides.models import Slide
from apps.slides.selectors import NOTHING_HERE, get_slide

CELLS_PER_PAGE = 50


@require_safe
@never_cache
def slide(request: HttpRequest, slide_id: UUID) -> HttpResponse:
    """Show a slide: its fields with the boxes of cells, its cells, its count. The script fills it."""
    found = get_slide(user=person(request), public_id=slide_id)
    record_look(request, found)
    return render(request, "review/slide.html", {"slide": found, "can_label": _can_label(request, found)})


@require_safe
@never_cache
def table(request: HttpRequest, slide_id: UUID) -> HttpResponse:
    """Show a slide's cells as a table with a menu of classes each; works without scripts."""
    found = get_slide(user=person(request), public_id=slide_id)
    record_look(request, found)
    classes = classes_for(found.project)
    cells = document.cells_of(found).select_related("field", "classifier_version", "project")
    page = Paginator(cells, CELLS_PER_PAGE).get_page(request.GET.get("page"))
    cover(page.object_list, person(request))
    titles = {c.name: c.title for c in classes}
    context = {
        "slide": found,
        "classes": classes,
        "page": page,
        "rows": [
            (cell, titles.get(cell.shown_class, cell.shown_class), uuid4().hex) for cell in page.object_list
        ],
        "counts": document.counts_of(found.pk, classes, user=person(request), project=found.project),
        "state": analysis_state(found),
        "can_label": _can_label(request, found),
    }
    return render(request, "review/table.html", context)


@require_POST
def label(request: HttpRequest, cell_id: UUID) -> HttpResponse:
    """Take a label from the table's menu; whatever is refused is said on the page that follows."""
    cell = get_cell(user=person(request), public_id=cell_id)
    form = LabelForm(request.POST)
    if cell.field is None:
        raise NotFound("This cell lies on no slide.")
    if form.is_valid():
        try:
            services.label(
                actor=person(request),
                cell=cell,
                to_class=form.cleaned_data["to"] or None,
                expected_version=form.cleaned_data["version"],
                seen_suggestion=True,
                suggestion=form.cleaned_data["suggestion"],
                idempotency_key=form.idempotency_key(),
                request=request,
            )
        except NotPermitted:
            raise
        except DomainError as error:
            messages.error(request, error.message)
    else:
        messages.error(request, "Choose a class for the cell.")
    response = redirect("review:table", slide_id=cell.field.slide.public_id)
    page = form.cleaned_data.get("page") or 1
    response["Location"] += f"?page={page}#cell-{cell.public_id}"
    return response


@require_POST
def analyse(request: HttpRequest, slide_id: UUID) -> HttpResponse:
    """Ask for an analysis and go back to the table; a refusal is said there."""
    found = get_slide(user=person(request), public_id=slide_id)
    try:
        analyse_again(actor=person(request), slide=found)
    except NotPermitted:
        raise
    except DomainError as error:
        messages.error(request, error.message)
    return redirect("review:table", slide_id=found.public_id)


@require_safe
def crop(request: HttpRequest, cell_id: UUID) -> HttpResponseBase:
    """Answer with the picture of a cell."""
    user = person(request)
    key = crop_key(user, cell_id)
    if key is None:
        raise NotFound(NOTHING_HERE)
    if not key:
        raise NotFound("This cell has no picture.")
    if user.is_superuser:
        cell = get_cell(user=user, public_id=cell_id)
        record_look(request, cell.field.slide if cell.field else None)
    return storage.serve(request, key, "image/png")


def _can_label(request: HttpRequest, found: Slide) -> bool:
    return can(person(request), Action.LABEL, found.project)
