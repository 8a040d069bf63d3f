from django.apps import AppConfig


class SlidesConfig(AppConfig):
    """Configure the ``slides`` room."""

    name = "apps.slides"
    label = "slides"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the jobs of this room, its clean-ups, its column, and which files its rows name."""
        from apps.core import object_names
        from apps.core.registries import slide_columns
        from apps.jobs import kinds, schedule
        from apps.slides.params import ERASE, KIND, PURGE, EraseParams, IngestParams, PurgeParams
        from apps.slides.quality import quality_column

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
        for name, params, label in (
            (PURGE, PurgeParams, "Emptying of the trash"),
            (ERASE, EraseParams, "Erasing of a specimen"),
        ):
            kinds.register(
                kinds.JobKind(
                    name=name,
                    handler=f"apps.slides.handlers.{name.replace('-', '_')}",
                    params=params,
                    queue=kinds.DEFAULT,
                    max_attempts=5,
                    wall_clock_s=12 * 3600,
                    no_progress_s=1800,
                    label=label,
                    unit="slides",
                )
            )
        schedule.register(
            schedule.Periodic("slides.sweep-uploads", "apps.slides.sweeping.sweep", every_s=3600)
        )
        schedule.register(schedule.Periodic("slides.empty-trash", "apps.slides.retention.run", every_s=1800))
        slide_columns.register(quality_column)
        object_names.register("slides_field", "image_key")
        object_names.register("slides_field", "thumbnail_key")
        # The received bytes are wanted until the file is stored.
        object_names.register("slides_uploadfile", "temp_key", where="state = 'waiting'")
