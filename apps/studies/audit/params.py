"""The job of an audit: its name, and what it is given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

AUDIT: Final = "study.audit"


@dataclass(frozen=True, slots=True)
class AuditParams:
    """Which study."""

    study_id: str


def register() -> None:
    """Enter the job; called when Django starts."""
    from apps.jobs import kinds

    kinds.register(
        kinds.JobKind(
            name=AUDIT,
            handler="apps.studies.audit.handlers.audit_study",
            params=AuditParams,
            max_attempts=2,
            wall_clock_s=3600,
            no_progress_s=900,
            label="Leak audit",
            unit="parts",
        )
    )
