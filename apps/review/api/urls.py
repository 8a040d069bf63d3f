from django.urls import URLPattern, URLResolver, path

from apps.review.api import boxes, comments, following, similar, steps, views
from apps.review.gallery import urls as gallery
from apps.review.second_reading.api import urls as second_reading
from apps.review.signing import urls as signing

app_name = "review-api"

urlpatterns: list[URLPattern | URLResolver] = [
    path("slides/<uuid:slide_id>/cells/", views.SlideCellsView.as_view(), name="slide-cells"),
    path("slides/<uuid:slide_id>/seen/", views.SeenView.as_view(), name="seen"),
    path("slides/<uuid:slide_id>/analyse/", views.AnalyseView.as_view(), name="analyse"),
    path("slides/<uuid:slide_id>/boxes/", boxes.BoxesView.as_view(), name="boxes"),
    path("slides/<uuid:slide_id>/undo/", steps.SlideUndoView.as_view(), name="slide-undo"),
    path("slides/<uuid:slide_id>/redo/", steps.SlideRedoView.as_view(), name="slide-redo"),
    path("slides/<uuid:slide_id>/changes/", following.SlideChangesView.as_view(), name="slide-changes"),
    path("projects/<uuid:project_id>/undo/", steps.ProjectUndoView.as_view(), name="project-undo"),
    path("projects/<uuid:project_id>/redo/", steps.ProjectRedoView.as_view(), name="project-redo"),
    path(
        "projects/<uuid:project_id>/changes/", following.ProjectChangesView.as_view(), name="project-changes"
    ),
    path("labels/", views.LabelListView.as_view(), name="label-list"),
    path("cells/<uuid:cell_id>/label/", views.LabelView.as_view(), name="label"),
    path("cells/<uuid:cell_id>/undo/", views.UndoView.as_view(), name="undo"),
    path("cells/<uuid:cell_id>/box/", boxes.BoxView.as_view(), name="box"),
    path("cells/<uuid:cell_id>/remove/", boxes.RemoveView.as_view(), name="remove"),
    path("cells/<uuid:cell_id>/comments/", comments.CommentsView.as_view(), name="comments"),
    path("cells/<uuid:cell_id>/similar/", similar.SimilarView.as_view(), name="similar"),
    path("cells/<uuid:cell_id>/events/", views.EventsView.as_view(), name="events"),
    *gallery.data,
    *signing.data,
    *second_reading.PATHS,
]
