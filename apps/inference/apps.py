"""The kind of job this room runs, and what it adds to the rooms below."""

from __future__ import annotations

from django.apps import AppConfig


class InferenceConfig(AppConfig):
    """Configure the ``inference`` room."""

    name = "apps.inference"
    label = "inference"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the analysis job, and ask for it whenever a field was stored."""
        from apps.core.registries import after_ingest, slide_columns, slide_purges
        from apps.inference import purging
        from apps.inference.columns import analysis_column
        from apps.inference.params import KIND, QUEUE, AnalyseParams
        from apps.inference.services import analyse_after_ingest
        from apps.jobs import kinds

        kinds.register(
            kinds.JobKind(
                name=KIND,
                handler="apps.inference.handlers.analyse",
                queue=QUEUE,
                params=AnalyseParams,
                max_attempts=3,
                wall_clock_s=3600,
                no_progress_s=300,
                label="Analysis",
                unit="fields",
                named_files="apps.inference.selectors.named_crops",
            )
        )
        after_ingest.register(analyse_after_ingest)
        slide_columns.register(analysis_column)
        slide_purges.register(purging.purge)
