"""Pages of readers; part of the studies' addresses."""

from django.urls import URLPattern, path

from apps.studies.reading.views import joining, reading, steps

_ONE = "readings/<uuid:enrolment_id>/"
PATHS: list[URLPattern] = [
    path("study-invitations/<str:token>/", joining.invitation, name="invitation"),
    path(_ONE, steps.show, name="reading"),
    path(f"{_ONE}consent/", steps.consent, name="reading-consent"),
    path(f"{_ONE}about/", steps.about, name="reading-about"),
    path(f"{_ONE}withdraw/", steps.withdraw, name="reading-withdraw"),
    path(f"{_ONE}read/", reading.read, name="read"),
    path(f"{_ONE}images/<str:address>/", reading.image, name="reading-image"),
]
