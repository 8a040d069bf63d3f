from django.urls import URLPattern, URLResolver, path

from apps.inference.api import views

app_name = "inference-api"

urlpatterns: list[URLPattern | URLResolver] = [
    path("slides/<uuid:slide_id>/analysis/", views.AnalysisView.as_view(), name="analysis"),
]
