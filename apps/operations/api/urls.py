from django.urls import URLPattern, URLResolver

app_name = "operations-api"

urlpatterns: list[URLPattern | URLResolver] = []
