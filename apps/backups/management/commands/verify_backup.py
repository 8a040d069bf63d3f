"""``manage.py verify_backup``: whether a backup could be restored today."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.backups.checking import verify
from apps.backups.problems import BackupProblem
from apps.backups.words import counted


class Command(BaseCommand):
    """Hold every file of a backup against its manifest."""

    help = "Read a whole backup and compare every checksum; ends with 1 when anything is missing or damaged."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument("source", type=Path, metavar="BACKUP", help="folder of one backup")

    def handle(self, *_: Any, source: Path, **__: Any) -> None:
        """Run the command."""
        try:
            found = verify(source.expanduser(), say=self.stdout.write)
        except (BackupProblem, OSError) as problem:
            raise CommandError(str(problem)) from problem
        rows = sum(digest.rows for digest in found.database.tables.values())
        files = found.objects.count
        self.stdout.write(f"Whole: {counted(rows, 'row')}, {counted(files, 'file')}, made {found.created}.")
