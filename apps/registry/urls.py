from django.urls import URLPattern, URLResolver, path

from apps.registry import views

app_name = "registry"

urlpatterns: list[URLPattern | URLResolver] = [
    path("models/", views.models, name="models"),
    path("models/<uuid:model_id>/", views.model, name="model"),
]
