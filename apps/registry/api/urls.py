from django.urls import URLPattern, URLResolver, path

from apps.registry.api import views

app_name = "registry-api"

urlpatterns: list[URLPattern | URLResolver] = [
    path("class-lists/", views.ClassListListView.as_view(), name="class-lists"),
    path("class-lists/<slug:name>:<int:version>/", views.ClassListView.as_view(), name="class-list"),
    path("models/", views.ModelListView.as_view(), name="models"),
    path("models/<uuid:model_id>/", views.ModelView.as_view(), name="model"),
]
