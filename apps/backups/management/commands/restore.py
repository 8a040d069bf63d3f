"""``manage.py restore``: what ``make restore`` runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error

from apps.backups.problems import BackupProblem
from apps.backups.restoring import Restored, restore
from apps.backups.words import counted
from apps.core.errors import DomainError

_OTHER_KEY = (
    "The site's secret key is not the one of the backup. Everybody signs in with the old password; authenticator apps "
    "and recovery codes do not work any more (passkeys do): `manage.py reset_second_factor ADDRESS` helps whoever "
    "cannot get in. If you have the old key, put it into place now instead (docs/backup.md)."
)


class Command(BaseCommand):
    """Fill an empty place from a backup."""

    help = (
        "Restore a backup into the place that the settings name, which must be empty. The backup is checked whole "
        "before anything is written, and every row and file is compared afterwards."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument("source", type=Path, metavar="BACKUP", help="folder of one backup")

    def handle(self, *_: Any, source: Path, **__: Any) -> None:
        """Run the command."""
        try:
            done = restore(source=source.expanduser(), say=self._say)
        except (BackupProblem, DomainError, Error, OSError) as problem:
            raise CommandError(f"Not restored. {getattr(problem, 'message', problem)}") from problem
        self._tell(done)

    def _tell(self, done: Restored) -> None:
        rows = sum(digest.rows for digest in done.manifest.database.tables.values())
        files = done.manifest.objects.count
        self._say(f"Restored {counted(rows, 'row')} and {counted(files, 'file')}; each is as it was.")
        if done.jobs.waiting or done.jobs.cancelled:
            self._say(
                f"Jobs that ran then: {done.jobs.waiting} wait again, {done.jobs.cancelled} are cancelled."
            )
        self._say("Nobody is signed in: sessions are not part of a backup.")
        if done.another_key:
            self.stderr.write(_OTHER_KEY)

    def _say(self, words: str) -> None:
        self.stdout.write(words)
        self.stdout.flush()
