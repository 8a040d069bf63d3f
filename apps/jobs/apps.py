from django.apps import AppConfig


class JobsConfig(AppConfig):
    """Configure the ``jobs`` room."""

    name = "apps.jobs"
    label = "jobs"
    default_auto_field = "django.db.models.BigAutoField"
