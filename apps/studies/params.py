"""Names and parameters of this room's jobs; free of anything heavy, so that every process can read a job's row."""

from __future__ import annotations

from dataclasses import dataclass

PREPARE = "study.prepare"


@dataclass(frozen=True, slots=True)
class PrepareParams:
    """Which study to prepare, and the version of its row that was to be; ``study_id`` is its public id."""

    study_id: str
    version: int
