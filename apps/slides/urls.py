from django.urls import URLPattern, URLResolver, path

from apps.slides.views import media, project, trash, upload

app_name = "slides"

urlpatterns: list[URLPattern | URLResolver] = [
    path("projects/<uuid:project_id>/", project.project, name="project"),
    path("projects/<uuid:project_id>/upload/", upload.upload, name="upload"),
    path("projects/<uuid:project_id>/trash/", trash.trash, name="trash"),
    path("projects/<uuid:project_id>/trash/empty/", trash.empty_trash, name="empty-trash"),
    path("specimens/<uuid:specimen_id>/erase/", trash.erase_specimen, name="erase-specimen"),
    path("uploads/<uuid:upload_id>/", upload.report, name="upload-report"),
    path("uploads/<uuid:upload_id>/retry/", upload.retry, name="retry-upload"),
    path("slides/<uuid:slide_id>/edit/", project.edit_slide, name="edit-slide"),
    path("slides/<uuid:slide_id>/device/", project.add_device, name="add-device"),
    path("slides/<uuid:slide_id>/trash/", trash.trash_slide, name="trash-slide"),
    path("slides/<uuid:slide_id>/restore/", trash.restore_slide, name="restore-slide"),
    path("fields/<uuid:field_id>/image/", media.image, name="field-image"),
    path("fields/<uuid:field_id>/thumbnail/", media.thumbnail, name="field-thumbnail"),
]
