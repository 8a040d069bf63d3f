"""The interface of second readings; part of the review's."""

from django.urls import URLPattern, path

from apps.review.second_reading.api import views

_ONE = "second-readings/<uuid:reading_id>/"
PATHS: list[URLPattern] = [
    path("second-readings/", views.ReadingListView.as_view(), name="second-readings"),
    path(_ONE, views.ReadingView.as_view(), name="second-reading"),
    path(f"{_ONE}cells/", views.ReadingCellsView.as_view(), name="reading-cells"),
    path(f"{_ONE}cells/<uuid:item_id>/label/", views.ReadingLabelView.as_view(), name="reading-label"),
    path(f"{_ONE}undo/", views.ReadingUndoView.as_view(), name="reading-undo"),
    path(f"{_ONE}disagreements/", views.DisagreementsView.as_view(), name="disagreements"),
    path(f"{_ONE}disagreements/undo/", views.DecisionUndoView.as_view(), name="decision-undo"),
    path(f"{_ONE}disagreements/<uuid:item_id>/decide/", views.DecideView.as_view(), name="decide"),
]
