from django.urls import URLPattern, URLResolver, path

from apps.cells.api import views

app_name = "cells-api"

urlpatterns: list[URLPattern | URLResolver] = [
    path("cells/", views.CellListView.as_view(), name="cells"),
    path("cells/<uuid:cell_id>/", views.CellView.as_view(), name="cell"),
    path("cells/<uuid:cell_id>/crop/", views.CropView.as_view(), name="crop"),
    path("slides/<uuid:slide_id>/cells.csv", views.CellTableView.as_view(), name="cell-table"),
    path("label-events/", views.LabelEventListView.as_view(), name="label-events"),
    path("label-events/<uuid:cell_id>:<int:version>/", views.LabelEventView.as_view(), name="label-event"),
]
