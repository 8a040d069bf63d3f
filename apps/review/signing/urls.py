"""Addresses of the differential, of signing, of reports and of what a project signs by."""

from django.urls import path

from apps.review.api import reports as api
from apps.review.report import views as report
from apps.review.signing import rules_views, views

pages = [
    path("slides/<uuid:slide_id>/sign/", views.sign, name="sign"),
    path("slides/<uuid:slide_id>/sheet/", views.sheet, name="sheet"),
    path("reports/<uuid:report_id>/", report.report, name="report"),
    path("reports/<uuid:report_id>/sign/", views.countersign, name="countersign"),
    path("reports/<uuid:report_id>/report.pdf", report.pdf, name="report-pdf"),
    path("reports/<uuid:report_id>/report.csv", report.table, name="report-csv"),
    path("reports/<uuid:report_id>/slide/", report.as_signed, name="as-signed"),
    path("projects/<uuid:project_id>/reports/", report.reports, name="reports"),
    path("projects/<uuid:project_id>/signing/", rules_views.rules, name="signing-rules"),
    path("projects/<uuid:project_id>/signing/ranges/", rules_views.add_range, name="add-range"),
    path("projects/<uuid:project_id>/signing/ranges/load/", rules_views.load_ranges, name="load-ranges"),
    path("projects/<uuid:project_id>/signing/ranges.csv", rules_views.ranges_file, name="ranges-file"),
    path(
        "projects/<uuid:project_id>/signing/ranges/<uuid:range_id>/",
        rules_views.change_range,
        name="change-range",
    ),
    path(
        "projects/<uuid:project_id>/signing/ranges/<uuid:range_id>/end/",
        rules_views.end_range,
        name="end-range",
    ),
]

data = [
    path("slides/<uuid:slide_id>/differential/", api.DifferentialView.as_view(), name="differential"),
    path("reports/", api.ReportListView.as_view(), name="report-list"),
    path("reports/<uuid:report_id>/", api.ReportView.as_view(), name="report"),
    path("reports/<uuid:report_id>/report.csv", api.ReportTableView.as_view(), name="report-csv"),
]
