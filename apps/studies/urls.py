from django.urls import URLPattern, URLResolver

app_name = "studies"

# Each part of the room brings its own.
urlpatterns: list[URLPattern | URLResolver] = []
