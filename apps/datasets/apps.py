from django.apps import AppConfig


class DatasetsConfig(AppConfig):
    """Configure the ``datasets`` room."""

    name = "apps.datasets"
    label = "datasets"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the jobs of this room, its clean-ups, which files its rows name, and what goes with a slide."""
        from apps.core import object_names
        from apps.core.registries import biography_items, slide_purges
        from apps.datasets.biography import told_elsewhere
        from apps.datasets.params import EXPORT, READ, STORE, ExportParams, ImportParams
        from apps.datasets.purging import purge
        from apps.jobs import kinds, schedule

        kinds.register(
            kinds.JobKind(
                name=READ,
                handler="apps.datasets.handlers.read_import",
                params=ImportParams,
                max_attempts=2,
                wall_clock_s=4 * 3600,
                no_progress_s=900,
                label="Reading of an archive",
                unit="pictures",
            )
        )
        kinds.register(
            kinds.JobKind(
                name=STORE,
                handler="apps.datasets.handlers.store_import",
                params=ImportParams,
                max_attempts=3,
                wall_clock_s=24 * 3600,
                no_progress_s=300,
                label="Import",
                unit="pictures",
                named_files="apps.datasets.selectors.named_crops",
                disk_mb=64,
            )
        )
        kinds.register(
            kinds.JobKind(
                name=EXPORT,
                handler="apps.datasets.handlers.export",
                params=ExportParams,
                max_attempts=2,
                wall_clock_s=12 * 3600,
                no_progress_s=900,
                label="Export",
                unit="pictures",
                disk_mb=64,
            )
        )
        schedule.register(schedule.Periodic("datasets.sweep", "apps.datasets.sweeping.sweep", every_s=3600))
        object_names.register("datasets_import", "source_key")
        object_names.register("datasets_export", "file_key")
        slide_purges.register(purge)
        biography_items.register(told_elsewhere)
