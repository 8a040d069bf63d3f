"""What the results add to the site when it starts."""

from __future__ import annotations


def register() -> None:
    """Register the jobs of results, and that they are worked out when a study is unblinded."""
    from apps.jobs import kinds
    from apps.studies import hooks
    from apps.studies.results.params import ANALYSE, READ, AnalyseParams, ModelReadingParams
    from apps.studies.results.services import analyse_after_unblinding

    kinds.register(
        kinds.JobKind(
            name=ANALYSE,
            handler="apps.studies.results.handlers.analyse",
            params=AnalyseParams,
            max_attempts=2,
            wall_clock_s=3600,
            no_progress_s=1800,
            label="Results of a study",
        )
    )
    kinds.register(
        kinds.JobKind(
            name=READ,
            handler="apps.studies.results.handlers.read_with_model",
            queue=kinds.GPU_SHORT,
            params=ModelReadingParams,
            max_attempts=2,
            wall_clock_s=3600,
            no_progress_s=300,
            label="Reading of a study by a model",
            unit="images",
        )
    )
    hooks.after_unblinding.register(analyse_after_unblinding)
