from __future__ import annotations

from dataclasses import dataclass

from django.apps import AppConfig

KIND = "load-training"


@dataclass(frozen=True, slots=True)
class TrainParams:
    """Where the pictures lie and where the run is to be."""

    data: str
    out: str


class TrainingConfig(AppConfig):
    """Register the kind of job."""

    name = "bench.load.training"
    label = "load_training"

    def ready(self) -> None:
        """Register it."""
        from apps.jobs import kinds

        kinds.register(
            kinds.JobKind(
                name=KIND,
                handler="bench.load.training.handler.train",
                params=TrainParams,
                queue=kinds.GPU_LONG,
                label="Training beside a load test",
            )
        )
