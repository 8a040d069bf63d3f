from django.urls import URLPattern, URLResolver, path

from apps.operations import probes

app_name = "operations"

urlpatterns: list[URLPattern | URLResolver] = [
    path("live", probes.live, name="live"),
    path("ready", probes.ready, name="ready"),
    path("metrics", probes.metrics, name="metrics"),
]
