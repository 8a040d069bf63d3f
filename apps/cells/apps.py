from django.apps import AppConfig


class CellsConfig(AppConfig):
    """Configure the ``cells`` room."""

    name = "apps.cells"
    label = "cells"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Show the counts of cells in the table of slides; say which files cells name, and what goes with a slide.

        Have pictures swept that no cell names.
        """
        from apps.cells.columns import counts_column, labelled_column
        from apps.cells.purging import purge
        from apps.cells.services.changes import note_change
        from apps.cells.sweeping import EVERY_S
        from apps.core import object_names
        from apps.core.registries import slide_changed, slide_columns, slide_purges
        from apps.jobs import schedule

        slide_columns.register(counts_column)
        slide_columns.register(labelled_column)
        slide_purges.register(purge)
        slide_changed.register(note_change)
        object_names.register("cells_cell", "crop_key")
        schedule.register(schedule.Periodic("cells.sweep", "apps.cells.sweeping.sweep", every_s=EVERY_S))
