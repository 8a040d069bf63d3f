"""The ingest job's name and parameters; free of anything heavy, so that every process can read a job's row."""

from __future__ import annotations

from dataclasses import dataclass

KIND = "ingest"


@dataclass(frozen=True, slots=True)
class IngestParams:
    """Which upload to store; ``upload_id`` is its public id."""

    upload_id: str


PURGE = "purge"


@dataclass(frozen=True, slots=True)
class PurgeParams:
    """Remove for good what has been in a project's trash since before a time (ISO 8601)."""

    project_id: str
    before: str


ERASE = "erase-specimen"


@dataclass(frozen=True, slots=True)
class EraseParams:
    """Which specimen to remove for good, with all its slides; ``specimen_id`` is its public id."""

    specimen_id: str
