from django.urls import URLPattern, URLResolver, path

from apps.jobs import views

app_name = "jobs"

urlpatterns: list[URLPattern | URLResolver] = [
    path("jobs/", views.job_list, name="list"),
    path("jobs/<uuid:job_id>/", views.job_detail, name="detail"),
    path("jobs/<uuid:job_id>/progress/", views.job_progress, name="progress"),
    path("jobs/<uuid:job_id>/cancel/", views.job_cancel, name="cancel"),
]
