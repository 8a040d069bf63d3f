"""Names and parameters of this room's jobs; free of anything heavy, so that every process can read a job's row."""

from __future__ import annotations

from dataclasses import dataclass

READ = "read-import"
STORE = "store-import"
EXPORT = "export"


@dataclass(frozen=True, slots=True)
class ImportParams:
    """Which import to read or to store; ``import_id`` is its public id."""

    import_id: str


@dataclass(frozen=True, slots=True)
class ExportParams:
    """Which export to write; ``export_id`` is its public id."""

    export_id: str
