from django.urls import URLPattern, URLResolver

from apps.studies.design import urls as design
from apps.studies.reading import urls as reading
from apps.studies.results import urls as results

app_name = "studies"

# Each part of the room brings its own.
urlpatterns: list[URLPattern | URLResolver] = [*design.PATHS, *reading.PATHS, *results.PATHS]
