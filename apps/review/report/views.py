"""Pages of signed reports."""

from __future__ import annotations

from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from apps.accounts import audit
from apps.accounts.permissions import person
from apps.core.errors import Gone, NotFound
from apps.registry.selectors import classes_for
from apps.review.models import Report
from apps.review.report import contents, listing, replay
from apps.review.report.pdf import report_as_pdf
from apps.review.report.table import report_as_csv
from apps.review.signing.selectors import get_report, signed_state
from apps.slides.selectors import get_project


@require_safe
@never_cache
def reports(request: HttpRequest, project_id: UUID) -> HttpResponse:
    """List the signed reports of a project, the newest first, with filters."""
    user = person(request)
    project = get_project(user=user, public_id=project_id)
    audit.record_visit(actor=user, project=project, request=request)
    signers = listing.signers_of(user=user, project=project)
    asked = {
        name: value
        for name, value in request.GET.items()
        if value and name in listing.ReportsForm.base_fields
    }
    form = listing.ReportsForm(asked, signers=signers)
    valid = form.is_valid()
    listed = (
        listing.reports_listed(
            user=user, project=project, page=request.GET.get("page", 1), **form.cleaned_data
        )
        if valid
        else None
    )
    context = {
        "project": project,
        "form": form if signers or asked else None,
        "listed": listed,
        "kept": urlencode(asked),
    }
    return render(request, "review/reports.html", context, status=200 if valid else 422)


def _looked_up(request: HttpRequest, report_id: UUID) -> Report:
    report = get_report(user=person(request), public_id=report_id)
    audit.record_visit(
        actor=person(request), project=report.project, target=f"report:{report.public_id}", request=request
    )
    return report


@require_safe
@never_cache
def report(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """Show a report as it was signed."""
    found = _looked_up(request, report_id)
    context = {
        "report": found,
        "shown": contents.shown(found),
        "rows": [
            {
                "row": row,
                "share": contents.share(row),
                "interval": contents.interval(row),
                "absolute": contents.absolute(row),
                "ranges": contents.ranges(row),
            }
            for row in found.content["differential"]["rows"]
            if row["n"] or row["role"] == "leukocyte"
        ],
        "sources": contents.sources(found.content["differential"]["rows"]),
        "state": signed_state(found.slide) if found.slide is not None else None,
        "later": Report.objects.filter(supersedes=found).defer("cells", "content", "about").first(),
    }
    return render(request, "review/report.html", context)


@require_safe
@never_cache
def pdf(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """Hand a report out as PDF."""
    found = _looked_up(request, report_id)
    _record(request, found, "report PDF")
    return _file(report_as_pdf(found), "application/pdf", f"report-{found.short_id}.pdf")


@require_safe
@never_cache
def table(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """Hand a report out as CSV."""
    found = _looked_up(request, report_id)
    _record(request, found, "report CSV")
    return _file(report_as_csv(found), "text/csv; charset=utf-8", f"report-{found.short_id}.csv")


@require_safe
@never_cache
def as_signed(request: HttpRequest, report_id: UUID) -> HttpResponse:
    """Show the slide as it was signed, a field at a time, with the classes and boxes of then."""
    found = _looked_up(request, report_id)
    if found.slide is None or found.cells is None:
        raise Gone("The slide of this report was removed for good; its counts are what is kept.")
    fields = replay.fields_signed(found)
    wanted = request.GET.get("field", "")
    position = int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) < 8 else 1
    chosen = next((field for field, _ in fields if field.position == position), None)
    if chosen is None and fields:
        if wanted:
            raise NotFound("This slide has no such field.")
        chosen = fields[0][0]
    context = {
        "report": found,
        "shown": contents.shown(found),
        "fields": fields,
        "signed": replay.field_signed(found, chosen, classes_for(found.project), user=person(request))
        if chosen
        else None,
        "changed": signed_state(found.slide).changed,
    }
    return render(request, "review/as_signed.html", context)


def _record(request: HttpRequest, found: Report, what: str) -> None:
    """Put on record that a report was taken out; a look at its headers alone is none."""
    if request.method == "HEAD":
        return
    audit.record(
        actor=person(request),
        verb="exported",
        project=found.project,
        target=f"report:{found.public_id}",
        detail={"what": what, "rows": len(found.content["differential"]["rows"])},
        request=request,
    )


def _file(content: bytes | str, content_type: str, name: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(content, content_type=content_type, headers=headers)
