from django.urls import URLPattern, URLResolver

app_name = "registry-api"

urlpatterns: list[URLPattern | URLResolver] = []
