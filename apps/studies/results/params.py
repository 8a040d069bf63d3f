"""What the jobs of results are told."""

from __future__ import annotations

from dataclasses import dataclass

ANALYSE = "study.analyse"
READ = "study.model-reading"
RESAMPLES = 2000


@dataclass(frozen=True, slots=True)
class AnalyseParams:
    """Work out the results of an unblinded study; ``study_id`` is public."""

    study_id: str


@dataclass(frozen=True, slots=True)
class ModelReadingParams:
    """Let a registered model class the images of a study; ``reading_id`` is public."""

    reading_id: str


def subject_of(study_public_id: object) -> str:
    """Return how a job row names the results it works on."""
    return f"study-results:{study_public_id}"
