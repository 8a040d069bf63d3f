from django.urls import URLPattern, URLResolver

app_name = "studies-api"

# Each part of the room brings its own.
urlpatterns: list[URLPattern | URLResolver] = []
