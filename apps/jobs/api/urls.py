from django.urls import URLPattern, URLResolver, path

from apps.jobs.api import views

app_name = "jobs-api"

urlpatterns: list[URLPattern | URLResolver] = [
    path("jobs/", views.JobListView.as_view(), name="list"),
    path("jobs/<uuid:job_id>/", views.JobView.as_view(), name="detail"),
    path("jobs/<uuid:job_id>/cancel/", views.JobCancelView.as_view(), name="cancel"),
]
