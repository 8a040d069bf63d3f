from django.apps import AppConfig


class ReviewConfig(AppConfig):
    """Configure the ``review`` room."""

    name = "apps.review"
    label = "review"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Say what of this room goes with a slide."""
        from apps.core.registries import slide_purges
        from apps.review.location_check import purging

        slide_purges.register(purging.purge)
