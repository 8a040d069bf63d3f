from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from apps.backups.digests import TableDigest

# A backup opens no session of anybody, and what is in the cache is never missed. Holds are of this moment only.
LEFT_OUT = ("accounts_session", "core_cache", "core_hold", "django_session")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A database as it was at one moment, in one file; tables that are left out are empty there.

    ``server`` is the version of the database's software; ``migrations`` are pairs of app and name.
    """

    engine: str
    server: str
    file: Path
    tables: dict[str, TableDigest]
    left_out: list[str]
    migrations: list[tuple[str, str]] = field(default_factory=list)


class Database(Protocol):
    """A database that can be copied while it is in use, and loaded while it is empty."""

    engine: str
    file_name: str  # of the copy

    def size(self) -> int:
        """Return about how many bytes a copy takes at most."""

    def copy(self, folder: Path, *, named: Callable[[str], None]) -> Snapshot:
        """Copy the database as it is at one moment into a folder.

        Args:
            folder: Where the copy goes, as ``file_name``.
            named: Called with the key of every stored file that the copy names.

        Raises:
            BackupProblem: when that is not possible here.
        """

    def is_empty(self) -> bool:
        """Return whether there is no table."""

    def load(self, file: Path) -> None:
        """Fill the empty database from a copy; all of it or nothing.

        Raises:
            BackupProblem: when that is not possible here.
        """

    def digests(self) -> dict[str, TableDigest]:
        """Return the digest of every table but those that a copy leaves out."""
