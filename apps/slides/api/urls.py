from django.urls import URLPattern, URLResolver, path

from apps.slides.api import upload_views, views

app_name = "slides-api"

urlpatterns: list[URLPattern | URLResolver] = [
    path("projects/<uuid:project_id>/uploads/", upload_views.UploadListView.as_view(), name="uploads"),
    path("uploads/<uuid:upload_id>/", upload_views.UploadView.as_view(), name="upload"),
    path("uploads/<uuid:upload_id>/files/", upload_views.UploadFilesView.as_view(), name="upload-files"),
    path("uploads/<uuid:upload_id>/complete/", upload_views.CompleteUploadView.as_view(), name="complete"),
    path("devices/", views.DeviceListView.as_view(), name="devices"),
    path("devices/<uuid:device_id>/", views.DeviceView.as_view(), name="device"),
    path("specimens/", views.SpecimenListView.as_view(), name="specimens"),
    path("specimens/<uuid:specimen_id>/", views.SpecimenView.as_view(), name="specimen"),
    path("slides/", views.SlideListView.as_view(), name="slides"),
    path("slides/<uuid:slide_id>/", views.SlideView.as_view(), name="slide"),
    path("slides/<uuid:slide_id>/restore/", views.RestoreView.as_view(), name="restore"),
    path("slides/<uuid:slide_id>/device/", views.SlideDeviceView.as_view(), name="slide-device"),
    path("fields/", views.FieldListView.as_view(), name="fields"),
    path("fields/<uuid:field_id>/", views.FieldView.as_view(), name="field"),
    path("fields/<uuid:field_id>/complete/", views.FieldCompleteView.as_view(), name="field-complete"),
    path("fields/<uuid:field_id>/image/", views.FieldImageView.as_view(), name="field-image"),
    path("fields/<uuid:field_id>/thumbnail/", views.FieldThumbnailView.as_view(), name="field-thumbnail"),
]
