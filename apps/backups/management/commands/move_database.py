"""``manage.py move_database``: from SQLite to PostgreSQL, and back."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error
from django.utils.module_loading import import_string

from apps.backups.moving import move
from apps.backups.problems import BackupProblem
from apps.backups.words import counted


class Command(BaseCommand):
    """Copy everything from the site's database into an empty one."""

    help = (
        "Move the site's database: every table of the one in use goes into an empty one, and is compared there. The "
        "one in use stays as it is. Stop the site first; afterwards set WBCWEB_DATABASE_URL and start it again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument(
            "--to",
            required=True,
            metavar="URL",
            help="where to: postgres://user:password@host/name, sqlite:////absolute/path, or sqlite for the usual file",
        )

    def handle(self, *_: Any, to: str, **__: Any) -> None:
        """Run the command."""
        try:
            target = import_string(settings.WBCWEB_DATABASE_AT)(None if to == "sqlite" else to)
        except ImproperlyConfigured as wrong:
            raise CommandError(str(wrong).replace("WBCWEB_DATABASE_URL", "--to")) from wrong
        try:
            moved = move(target=target, say=self._say)
        except (BackupProblem, Error, OSError) as problem:
            raise CommandError(f"Not moved. {problem}") from problem
        count = sum(digest.rows for digest in moved.values())
        here = "no WBCWEB_DATABASE_URL" if to == "sqlite" else f"WBCWEB_DATABASE_URL={_shown(to)}"
        self._say(
            f"Moved {counted(count, 'row')} in {len(moved)} tables; every table is the same on both sides. "
            f"Start the site with {here}. The database it was moved from is as it was: keep it until all is well."
        )

    def _say(self, words: str) -> None:
        self.stdout.write(words)
        self.stdout.flush()


def _shown(url: str) -> str:
    """Return an address without its password."""
    scheme, _, rest = url.partition("://")
    who, at, where = rest.rpartition("@")
    return f"{scheme}://{who.partition(':')[0]}{':...' if ':' in who else ''}{at}{where}"
