from django.urls import URLPattern, URLResolver

app_name = "slides-api"

urlpatterns: list[URLPattern | URLResolver] = []
