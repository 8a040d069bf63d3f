from importlib import import_module

from django.apps import AppConfig


class StudiesConfig(AppConfig):
    """Configure the ``studies`` room."""

    name = "apps.studies"
    label = "studies"
    default_auto_field = "django.db.models.BigAutoField"

    def import_models(self) -> None:
        """Let Django know the key's table too, without any module of this room importing it for that."""
        super().import_models()
        import_module("apps.studies.truth")

    def ready(self) -> None:
        """Register the job of this room, the files its rows name, what it hides, and what goes with slide or person."""
        from apps.core import object_names
        from apps.core.registries import (
            cell_visibility_rules,
            person_erasures,
            slide_purges,
            target_names,
            visibility_rules,
        )
        from apps.jobs import kinds
        from apps.studies import showing
        from apps.studies.audit import params as audit_params
        from apps.studies.design import setup as design
        from apps.studies.erasing import erase
        from apps.studies.params import PREPARE, PrepareParams
        from apps.studies.reading import setup as reading
        from apps.studies.results import setup as results
        from apps.studies.visibility import closing, purging

        kinds.register(
            kinds.JobKind(
                name=PREPARE,
                handler="apps.studies.handlers.prepare",
                params=PrepareParams,
                max_attempts=2,
                wall_clock_s=4 * 3600,
                no_progress_s=600,
                label="Preparing of a study",
                unit="images",
                named_files="apps.studies.selectors.named_images",
                disk_mb=64,
            )
        )
        audit_params.register()
        object_names.register("studies_studycase", "image_key")
        visibility_rules.register(closing.closed_slides)
        cell_visibility_rules.register(closing.closed_cells)
        slide_purges.register(purging.purge)
        person_erasures.register(erase)
        target_names.register(showing.name_studies)
        design.register()
        reading.register()
        results.register()
