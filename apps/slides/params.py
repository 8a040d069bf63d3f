"""The ingest job's name and parameters; free of anything heavy, so that every process can read a job's row."""

from __future__ import annotations

from dataclasses import dataclass

KIND = "ingest"


@dataclass(frozen=True, slots=True)
class IngestParams:
    """Which upload to store; ``upload_id`` is its public id."""

    upload_id: str
