"""Differentials and signed reports, to read: signing is a person's act, on the page."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse
from django.urls import reverse
from django_filters import rest_framework as filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts import audit
from apps.accounts.api.lists import ProjectRowsView
from apps.accounts.models import Project
from apps.accounts.permissions import person
from apps.core.api.filters import OneOf
from apps.core.api.negotiation import AnythingAccepted
from apps.core.api.requests import plain
from apps.core.api.serializers import Error
from apps.review.api import report_examples as examples
from apps.review.api import report_serializers as shapes
from apps.review.differential.document import differential_json
from apps.review.lookup import record_look
from apps.review.models import Report
from apps.review.report import contents
from apps.review.report.table import report_as_csv
from apps.review.signing.document import signed_json
from apps.review.signing.selectors import get_report, reports_of, signed_state
from apps.review.signing.summary import hides_from, summary_of
from apps.slides.models import Slide
from apps.slides.selectors import get_slide

Json = dict[str, Any]


class DifferentialView(APIView):
    """The differential of a slide."""

    @extend_schema(
        responses={200: shapes.DifferentialOutput, 503: Error},
        operation_id="slides_differential_retrieve",
        examples=[examples.DIFFERENTIAL],
    )
    def get(self, request: Request, slide_id: UUID) -> Response:
        """Return the differential as it stands, what stands against signing it, and whether it is signed."""
        slide = get_slide(user=person(request), public_id=slide_id)
        record_look(plain(request), slide)
        summary = summary_of(slide)
        hidden = hides_from(slide, person(request))
        counted = differential_json(summary.differential)
        if hidden:
            counted |= {"rows": [], "leukocytes": 0, "cells": 0}
        return Response(
            {
                "slide": str(slide.public_id),
                "hidden": hidden,
                **counted,
                "signed": signed_json(signed_state(slide)),
                "signing": {
                    "ready": not summary.refusals,
                    "reasons": [{"code": check.code, "text": check.text} for check in summary.refusals],
                    "url": reverse("review:sign", args=[slide.public_id]),
                },
            },
            headers={"Cache-Control": "no-store"},
        )


def report_json(report: Report) -> Json:
    """Return a report as a line of a list."""
    rows = report.content["differential"]["rows"]
    return {
        "id": str(report.public_id),
        "short_id": report.short_id,
        "project": str(report.project.public_id),
        "slide": str(report.slide.public_id) if report.slide is not None else None,
        "number": report.number,
        "supersedes": str(report.supersedes.public_id) if report.supersedes is not None else None,
        "specimen": contents.pseudonym(report),
        "leukocytes": report.content["differential"]["leukocytes"],
        "flags": [f"{row['title']}: {flag}" for row in rows for flag in row["flags"]],
        "signatures": [
            {"name": each.signer.display_name, "at": each.signed_at} for each in report.signatures.all()
        ],
        "signatures_needed": report.signatures_needed,
        "digest": report.digest,
        "created_at": report.created_at,
    }


class ReportSerializer(shapes.ReportOutput):
    """A report as a line of a list."""

    def to_representation(self, instance: Any) -> Json:
        """Return the line."""
        return report_json(instance)


class ReportFilters(filters.FilterSet):
    """Which reports."""

    project = OneOf(visible=Project.objects.visible_to, field_name="project", label="Of one project.")
    slide = OneOf(visible=Slide.objects.visible_to, field_name="slide", label="Of one slide.")


class ReportListView(ProjectRowsView):
    """Signed reports."""

    model = Report
    serializer_class: type[serializers.Serializer[Any]] = ReportSerializer
    filterset_class = ReportFilters
    newest_first = True

    def rows(self) -> QuerySet[Report]:
        """Return the reports that the asker may see."""
        return reports_of(self.request.user)

    @extend_schema(examples=[examples.REPORT])
    def get(self, request: Request) -> Response:
        """List signed reports, the newest first, superseded ones among them."""
        return self.part(request)


class ReportView(APIView):
    """One signed report."""

    @extend_schema(responses=shapes.WholeReportOutput, examples=[examples.WHOLE_REPORT])
    def get(self, request: Request, report_id: UUID) -> Response:
        """Return a report as it was signed."""
        report = get_report(user=request.user, public_id=report_id)
        _look(request, report)
        found = contents.shown(report)
        return Response(
            {
                **report_json(report),
                "state": found.state,
                "intact": found.intact,
                "facts": [{"name": name, "value": value} for name, value in found.facts],
                "rows": found.rows,
                "notes": found.notes,
                "research_use": found.research_use,
            }
        )


class ReportTableView(APIView):
    """A signed report as a table."""

    content_negotiation_class = AnythingAccepted

    @extend_schema(responses={(200, "text/csv"): OpenApiTypes.STR})
    def get(self, request: Request, report_id: UUID) -> HttpResponse:
        """Return a report as CSV; no name of a file is in it."""
        report = get_report(user=request.user, public_id=report_id)
        _look(request, report)
        audit.record(
            actor=person(request),
            verb="exported",
            project=report.project,
            target=f"report:{report.public_id}",
            detail={"what": "report CSV", "rows": len(report.content["differential"]["rows"])},
            request=plain(request),
        )
        named = {"Content-Disposition": f'attachment; filename="report-{report.short_id}.csv"'}
        return HttpResponse(report_as_csv(report), content_type="text/csv; charset=utf-8", headers=named)


def _look(request: Request, report: Report) -> None:
    audit.record_visit(
        actor=person(request),
        project=report.project,
        target=f"report:{report.public_id}",
        request=plain(request),
    )
