from django.urls import URLPattern, URLResolver, path

from apps.review.api import views

app_name = "review-api"

urlpatterns: list[URLPattern | URLResolver] = [
    path("slides/<uuid:slide_id>/cells/", views.SlideCellsView.as_view(), name="slide-cells"),
    path("slides/<uuid:slide_id>/seen/", views.SeenView.as_view(), name="seen"),
    path("slides/<uuid:slide_id>/analyse/", views.AnalyseView.as_view(), name="analyse"),
    path("labels/", views.LabelListView.as_view(), name="label-list"),
    path("cells/<uuid:cell_id>/label/", views.LabelView.as_view(), name="label"),
    path("cells/<uuid:cell_id>/undo/", views.UndoView.as_view(), name="undo"),
    path("cells/<uuid:cell_id>/events/", views.EventsView.as_view(), name="events"),
]
