from django.urls import URLPattern, URLResolver, path

from apps.core.api import views

app_name = "core-api"

urlpatterns: list[URLPattern | URLResolver] = [
    path("schema/", views.SchemaView.as_view(), name="schema"),
    path("docs/", views.docs, name="docs"),
]
