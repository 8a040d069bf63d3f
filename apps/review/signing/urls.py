"""Addresses of what a project signs by."""

from django.urls import path

from apps.review.signing import rules_views

pages = [
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
