from django.apps import AppConfig


class InferenceConfig(AppConfig):
    """Configure the ``inference`` room."""

    name = "apps.inference"
    label = "inference"
    default_auto_field = "django.db.models.BigAutoField"
