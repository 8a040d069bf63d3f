from django.apps import AppConfig


class SlidesConfig(AppConfig):
    """Configure the ``slides`` room."""

    name = "apps.slides"
    label = "slides"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the ingest job and the clean-up of unfinished uploads."""
        from apps.jobs import kinds, schedule
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
        schedule.register(
            schedule.Periodic("slides.sweep-uploads", "apps.slides.sweeping.sweep", every_s=3600)
        )
