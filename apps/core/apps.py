from django.apps import AppConfig


class CoreConfig(AppConfig):
    """Configure the ``core`` room."""

    name = "apps.core"
    label = "core"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Make the session cookie known to the OpenAPI document."""
        from apps.core.api import schema  # noqa: F401 - importing registers it
