"""The kind of job this room runs, and what it adds to the rooms below."""

from __future__ import annotations

from django.apps import AppConfig


class InferenceConfig(AppConfig):
    """Configure the ``inference`` room."""

    name = "apps.inference"
    label = "inference"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the jobs; ask for them whenever a field was stored, or a person drew a box."""
        from apps.core.registries import after_boxing, after_ingest, slide_columns, slide_purges
        from apps.inference import purging
        from apps.inference.columns import analysis_column
        from apps.inference.params import (
            BOXES_KIND,
            EMBED_KIND,
            KIND,
            QUEUE,
            AnalyseParams,
            ClassifyBoxesParams,
            EmbedParams,
        )
        from apps.inference.services import analyse_after_ingest, ask_about_boxes
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
        kinds.register(
            kinds.JobKind(
                name=BOXES_KIND,
                handler="apps.inference.boxes.handlers.classify_boxes",
                queue=QUEUE,
                params=ClassifyBoxesParams,
                max_attempts=3,
                wall_clock_s=3600,
                no_progress_s=300,
                label="Classification of drawn boxes",
                unit="cells",
                named_files="apps.inference.selectors.named_box_crops",
            )
        )
        kinds.register(
            kinds.JobKind(
                name=EMBED_KIND,
                handler="apps.inference.embedding.handlers.embed",
                queue=kinds.GPU_LONG,  # hours in a large project; nobody waits for it
                params=EmbedParams,
                max_attempts=3,
                wall_clock_s=24 * 3600,
                no_progress_s=600,
                label="Features of cells",
                unit="cells",
            )
        )
        after_ingest.register(analyse_after_ingest)
        after_boxing.register(ask_about_boxes)
        slide_columns.register(analysis_column)
        slide_purges.register(purging.purge)
