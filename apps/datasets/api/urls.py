from django.urls import URLPattern, URLResolver, path

from apps.datasets.api import views

app_name = "datasets-api"

urlpatterns: list[URLPattern | URLResolver] = [
    path("projects/<uuid:project_id>/imports/", views.ImportListView.as_view(), name="imports"),
    path("imports/<uuid:import_id>/", views.ImportView.as_view(), name="import"),
    path("imports/<uuid:import_id>/confirm/", views.ConfirmView.as_view(), name="confirm-import"),
    path("imports/<uuid:import_id>/receipt/", views.ReceiptView.as_view(), name="import-receipt"),
    path("projects/<uuid:project_id>/exports/", views.ExportListView.as_view(), name="exports"),
    path("exports/<uuid:export_id>/", views.ExportView.as_view(), name="export"),
    path("exports/<uuid:export_id>/file/", views.ExportFileView.as_view(), name="export-file"),
]
