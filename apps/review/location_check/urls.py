from __future__ import annotations

from django.urls import URLPattern, path

from apps.review.location_check import views

pages: list[URLPattern] = [
    path("projects/<uuid:project_id>/location-checks/", views.checks, name="location-checks"),
    path("projects/<uuid:project_id>/location-checks.csv", views.export, name="location-checks-csv"),
    path("location-checks/<uuid:check_id>/", views.check, name="location-check"),
    path("location-checks/<uuid:check_id>/more/", views.more, name="location-check-more"),
    path("location-checks/<uuid:check_id>/close/", views.close, name="location-check-close"),
    path("location-checks/<uuid:check_id>/fields/<int:number>/", views.place, name="location-check-field"),
]
