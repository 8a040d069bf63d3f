"""``manage.py backup``: what ``make backup`` runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error

from apps.backups.making import make_backup
from apps.backups.problems import BackupProblem
from apps.backups.words import counted, size
from apps.core.errors import DomainError


class Command(BaseCommand):
    """Copy database and files into a new folder, while the site runs."""

    help = (
        "Make a backup: the database as it is at one moment, then every stored file, then a manifest with checksums. "
        "The site may run meanwhile. Ends with 0 when the backup is complete."
    )
    # An upgrade makes one before the dependencies and the tables are those of the new version.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument(
            "--to", type=Path, help="folder for backups (default: backups in the data folder)"
        )
        parser.add_argument("--keep", type=int, metavar="N", help="remove older backups there beyond N")
        parser.add_argument(
            "--with-key",
            action="store_true",
            help="put the site's secret key into it; then guard it even better",
        )

    def handle(self, *_: Any, to: Path | None, keep: int | None, with_key: bool, **__: Any) -> None:
        """Run the command."""
        to = to or settings.WBCWEB_DATA_DIR / "backups"
        try:
            made = make_backup(to=to.expanduser(), keep=keep, with_key=with_key, say=self._say)
        except (BackupProblem, DomainError, Error, OSError) as problem:
            raise CommandError(f"No backup was made. {getattr(problem, 'message', problem)}") from problem
        found = made.manifest
        rows = sum(digest.rows for digest in found.database.tables.values())
        self._say(
            f"{made.folder}: {counted(rows, 'row')}, {counted(found.objects.count, 'file')} "
            f"({size(found.objects.bytes)}; {made.files.linked:,} shared with the backup before)."
        )
        if made.files.damaged:
            self.stderr.write(
                f"Damaged in the backup before, and copied anew: {counted(made.files.damaged, 'file')}. Look after the "
                "disk that holds the backups."
            )
        for name in made.removed:
            self._say(f"Removed the old backup {name}.")
        if found.objects.missing:
            self.stderr.write(
                f"Missing from the store: {counted(found.objects.missing, 'file')} that the database names, such as "
                f"{', '.join(found.objects.some_missing[:3])}. The backup cannot hold what is lost already."
            )

    def _say(self, words: str) -> None:
        self.stdout.write(words)
        self.stdout.flush()
