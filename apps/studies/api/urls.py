from django.urls import URLPattern, URLResolver

from apps.studies.api import staff_urls
from apps.studies.reading.api import urls as reading

app_name = "studies-api"

# Each part of the room brings its own.
urlpatterns: list[URLPattern | URLResolver] = [*staff_urls.PATHS, *reading.PATHS]
