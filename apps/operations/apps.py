from django.apps import AppConfig


class OperationsConfig(AppConfig):
    """Configure the ``operations`` room."""

    name = "apps.operations"
    label = "operations"
    default_auto_field = "django.db.models.BigAutoField"
