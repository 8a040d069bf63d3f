"""Pages of results; part of the addresses of studies."""

from django.urls import URLPattern, path

from apps.studies.results import views

PATHS: list[URLPattern] = [
    path("studies/<uuid:study_id>/results/", views.results, name="results"),
    path("studies/<uuid:study_id>/results/analyse/", views.analyse, name="results-analyse"),
    path("studies/<uuid:study_id>/results/models/", views.ask_model, name="results-model"),
    path("studies/<uuid:study_id>/results/files/<str:name>", views.file, name="results-file"),
]
