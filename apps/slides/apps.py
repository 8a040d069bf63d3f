from django.apps import AppConfig


class SlidesConfig(AppConfig):
    """Configure the ``slides`` room."""

    name = "apps.slides"
    label = "slides"
    default_auto_field = "django.db.models.BigAutoField"
