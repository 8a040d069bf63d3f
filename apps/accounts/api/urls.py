from django.urls import URLPattern, URLResolver, path

from apps.accounts.api import review_settings, views

app_name = "accounts-api"

urlpatterns: list[URLPattern | URLResolver] = [
    path("me/", views.MeView.as_view(), name="me"),
    path("projects/", views.ProjectListView.as_view(), name="projects"),
    path("projects/<uuid:project_id>/", views.ProjectView.as_view(), name="project"),
    path(
        "projects/<uuid:project_id>/review-settings/",
        review_settings.ReviewSettingsView.as_view(),
        name="review-settings",
    ),
    path("projects/<uuid:project_id>/members/", views.MemberListView.as_view(), name="members"),
    path("projects/<uuid:project_id>/members/<uuid:user_id>/", views.MemberView.as_view(), name="member"),
]
