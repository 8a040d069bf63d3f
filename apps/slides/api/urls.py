from django.urls import URLPattern, URLResolver, path

from apps.slides.api import views

app_name = "slides-api"

urlpatterns: list[URLPattern | URLResolver] = [
    path("projects/<uuid:project_id>/uploads/", views.UploadListView.as_view(), name="uploads"),
    path("uploads/<uuid:upload_id>/", views.UploadView.as_view(), name="upload"),
    path("uploads/<uuid:upload_id>/files/", views.UploadFilesView.as_view(), name="upload-files"),
    path("uploads/<uuid:upload_id>/complete/", views.CompleteUploadView.as_view(), name="complete"),
    path("slides/<uuid:slide_id>/", views.SlideView.as_view(), name="slide"),
]
