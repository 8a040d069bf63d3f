from django.urls import URLPattern, URLResolver, path

from apps.review import views
from apps.review.gallery import urls as gallery
from apps.review.location_check import urls as location_check
from apps.review.second_reading import urls as second_reading
from apps.review.signing import urls as signing

app_name = "review"

urlpatterns: list[URLPattern | URLResolver] = [
    path("slides/<uuid:slide_id>/", views.slide, name="slide"),
    path("slides/<uuid:slide_id>/table/", views.table, name="table"),
    path("slides/<uuid:slide_id>/analyse/", views.analyse, name="analyse"),
    path("cells/<uuid:cell_id>/crop/", views.crop, name="crop"),
    path("cells/<uuid:cell_id>/label/", views.label, name="label"),
    *signing.pages,
    *gallery.pages,
    *location_check.pages,
    *second_reading.PATHS,
]
