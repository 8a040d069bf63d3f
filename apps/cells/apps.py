from django.apps import AppConfig


class CellsConfig(AppConfig):
    """Configure the ``cells`` room."""

    name = "apps.cells"
    label = "cells"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Show the counts of cells in the table of slides."""
        from apps.cells.columns import counts_column, labelled_column
        from apps.core.registries import slide_columns

        slide_columns.register(counts_column)
        slide_columns.register(labelled_column)
