from django.apps import AppConfig


class SlidesConfig(AppConfig):
    """Configure the ``slides`` room."""

    name = "apps.slides"
    label = "slides"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the ingest job."""
        from apps.jobs import kinds
        from apps.slides.params import KIND, IngestParams

        kinds.register(
            kinds.JobKind(
                name=KIND,
                handler="apps.slides.handlers.ingest",
                params=IngestParams,
                queue=kinds.DEFAULT,
                max_attempts=3,
                wall_clock_s=4 * 3600,
                no_progress_s=300,
                label="Storing files",
                unit="files",
            )
        )
