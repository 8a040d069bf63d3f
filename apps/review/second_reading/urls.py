"""Pages of second readings; part of the review's addresses."""

from django.urls import URLPattern, path

from apps.review.second_reading.views import adjudication, agreement, managing, reading

PATHS: list[URLPattern] = [
    path("projects/<uuid:project_id>/second-readings/", managing.of_project, name="second-readings"),
    path("slides/<uuid:slide_id>/second-reading/", managing.of_slide, name="slide-second-reading"),
    path("second-readings/<uuid:reading_id>/", agreement.show, name="second-reading"),
    path("second-readings/<uuid:reading_id>/table/open/", agreement.open_table, name="open-agreement"),
    path("second-readings/<uuid:reading_id>/compare/", agreement.compare, name="compare-again"),
    path("second-readings/<uuid:reading_id>/agreement.csv", agreement.export, name="agreement-csv"),
    path("second-readings/<uuid:reading_id>/withdraw/", managing.withdraw, name="withdraw-reading"),
    path("second-readings/<uuid:reading_id>/read/", reading.read, name="read"),
    path("second-readings/<uuid:reading_id>/read/finish/", reading.finish, name="finish-reading"),
    path("second-readings/<uuid:reading_id>/adjudicate/", adjudication.adjudicate, name="adjudicate"),
    path("second-readings/<uuid:reading_id>/cells/<uuid:item_id>/", reading.crop, name="reading-crop"),
]
