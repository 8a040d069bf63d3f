"""The staff's part of the API of studies."""

from django.urls import URLPattern, path

from apps.studies.api import views

PATHS: list[URLPattern] = [
    path("projects/<uuid:project_id>/studies/", views.StudyListView.as_view(), name="studies"),
    path("studies/<uuid:study_id>/", views.StudyView.as_view(), name="study"),
    path("studies/<uuid:study_id>/check/", views.CheckView.as_view(), name="check"),
    path("studies/<uuid:study_id>/steps/", views.StepView.as_view(), name="steps"),
    path("studies/<uuid:study_id>/readers/", views.ReadersView.as_view(), name="readers"),
    path("studies/<uuid:study_id>/invitations/", views.InvitationsView.as_view(), name="invitations"),
]
