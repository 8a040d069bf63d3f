from django.urls import URLPattern, URLResolver, path

from apps.home import views

app_name = "home"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.index, name="index"),
    path("help/", views.help_page, name="help"),
    path("help/<path:name>/", views.manual_page, name="manual"),
    path("theme/", views.choose_theme, name="theme"),
]
