from django.apps import AppConfig


class CoreConfig(AppConfig):
    """Configure the ``core`` room."""

    name = "apps.core"
    label = "core"
    default_auto_field = "django.db.models.BigAutoField"
