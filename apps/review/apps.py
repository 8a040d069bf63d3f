from django.apps import AppConfig


class ReviewConfig(AppConfig):
    """Configure the ``review`` room."""

    name = "apps.review"
    label = "review"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Show in the rooms below what was signed; say what of it goes with a slide."""
        from apps.core.registries import (
            biography_items,
            home_items,
            slide_columns,
            slide_purges,
            target_names,
        )
        from apps.review.location_check import purging as location_checks
        from apps.review.signing import hooks

        slide_columns.register(hooks.signed_column)
        home_items.register(hooks.waiting_signatures)
        biography_items.register(hooks.signed_chapters)
        slide_purges.register(hooks.purge)
        slide_purges.register(location_checks.purge)
        target_names.register(hooks.name_reports)
        self._second_readings()

    @staticmethod
    def _second_readings() -> None:
        """Show second readings in the rooms below, keep their readers from their slides, say what goes with a slide."""
        from apps.core import registries
        from apps.review.second_reading import closing, purging, showing
        from apps.review.second_reading.services import follow_steps

        registries.visibility_rules.register(closing.closed_slides)
        registries.undecided_cells.register(closing.undecided_cells)
        registries.after_stepping.register(follow_steps)
        registries.slide_purges.register(purging.purge)
        registries.person_erasures.register(purging.erase)
        registries.home_items.register(showing.waiting)
        registries.slide_columns.register(showing.column)
