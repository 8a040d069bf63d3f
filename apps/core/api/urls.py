from django.urls import URLPattern, URLResolver, path
from drf_spectacular.views import SpectacularJSONAPIView, SpectacularSwaggerSplitView

app_name = "core-api"

urlpatterns: list[URLPattern | URLResolver] = [
    path("schema/", SpectacularJSONAPIView.as_view(), name="schema"),
    # Split: the script of the page comes from an address of its own, as the policy against inline scripts wants.
    path("docs/", SpectacularSwaggerSplitView.as_view(url_name="core-api:schema"), name="docs"),
]
