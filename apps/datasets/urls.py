from django.urls import URLPattern, URLResolver, path

from apps.datasets.views import exports, imports, project

app_name = "datasets"

urlpatterns: list[URLPattern | URLResolver] = [
    path("projects/<uuid:project_id>/datasets/", project.datasets, name="project"),
    path("projects/<uuid:project_id>/imports/", imports.begin, name="begin-import"),
    path("imports/<uuid:import_id>/", imports.show, name="import"),
    path("imports/<uuid:import_id>/confirm/", imports.confirm, name="confirm-import"),
    path("imports/<uuid:import_id>/go-on/", imports.go_on, name="go-on-import"),
    path("imports/<uuid:import_id>/discard/", imports.discard, name="discard-import"),
    path("imports/<uuid:import_id>/crops/remove/", imports.remove_crops, name="remove-crops"),
    path("imports/<uuid:import_id>/crops/bring-back/", imports.bring_crops_back, name="bring-crops-back"),
    path("imports/<uuid:import_id>/receipt.csv", imports.receipt, name="import-receipt"),
    path("projects/<uuid:project_id>/exports/", exports.begin, name="begin-export"),
    path("exports/<uuid:export_id>/file/", exports.file, name="export-file"),
    path("exports/<uuid:export_id>/discard/", exports.discard, name="discard-export"),
]
