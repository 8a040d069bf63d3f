"""App configuration of the top room."""

from django.apps import AppConfig


class HomeConfig(AppConfig):
    """Configure the home app."""

    name = "apps.home"
    label = "home"
    verbose_name = "Home"
