from django.urls import URLPattern, URLResolver, path

from apps.operations import probes, views

app_name = "operations"

urlpatterns: list[URLPattern | URLResolver] = [
    path("live", probes.live, name="live"),
    path("ready", probes.ready, name="ready"),
    path("metrics", probes.metrics, name="metrics"),
    path("self-check/", views.self_check, name="self-check"),
]
