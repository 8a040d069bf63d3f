"""The interface of readers; part of the studies'."""

from django.urls import URLPattern, path

from apps.studies.reading.api import views

_ONE = "study-readings/<uuid:enrolment_id>/"
PATHS: list[URLPattern] = [
    path(_ONE, views.ReadingDocumentView.as_view(), name="reading"),
    path(f"{_ONE}slots/<int:slot>/", views.EarlierView.as_view(), name="reading-slot"),
    path(f"{_ONE}viewings/", views.ViewingView.as_view(), name="viewings"),
    path(f"{_ONE}readings/", views.ReadingView.as_view(), name="readings"),
]
