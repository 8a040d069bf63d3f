from django.urls import URLPattern, URLResolver

app_name = "core-api"

urlpatterns: list[URLPattern | URLResolver] = []
