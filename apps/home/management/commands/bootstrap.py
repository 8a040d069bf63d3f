"""Prepare a data folder: tables, first administrator, demonstration."""

from __future__ import annotations

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from apps.accounts.models import User
from apps.core.errors import DomainError
from apps.core.schema_state import schema_state
from apps.home.administrator import ensure_administrator
from apps.home.demo import ensure_demo, run_waiting_jobs


class Command(BaseCommand):
    """Bring a site from nothing, or from an older version, to where it can be used; safe to run again."""

    help = "Migrate, make the first administrator and the demonstration project; does nothing that is done already."

    def add_arguments(self, parser: CommandParser) -> None:
        """Offer to leave the demonstration out, and to be careful."""
        parser.add_argument("--no-demo", action="store_true", help="make no demonstration project")
        parser.add_argument(
            "--backup-first",
            action="store_true",
            help="make a backup before tables of an older version are changed",
        )

    def handle(self, *_: Any, no_demo: bool, backup_first: bool, **__: Any) -> None:
        """Do what is not done yet and say so; a refusal is one sentence."""
        if connection.introspection.table_names():
            self._look_at_tables(backup_first=backup_first)
        call_command("migrate", interactive=False, verbosity=0)
        try:
            first = ensure_administrator()
            if first is not None:
                self._introduce(first.user, first.generated)
            if not no_demo:
                self._demo()
        except DomainError as error:
            raise CommandError(error.message) from error

    def _look_at_tables(self, *, backup_first: bool) -> None:
        """Leave the data of a newer version alone, and copy those of an older one before they are changed."""
        state = schema_state()
        if state.unknown:
            raise CommandError(
                f"The data are of a newer version of wbcweb (its tables know {'.'.join(state.unknown[0])}), and "
                "nothing was changed: install that version, or restore a backup of before into an empty place."
            )
        if not state.pending or not backup_first:
            return
        self.stdout.write(
            "The data are of an older version: making a backup before their tables are changed ..."
        )
        try:
            call_command("backup", stdout=self.stdout, stderr=self.stderr)
        except CommandError as problem:
            raise CommandError(
                f"{problem} The tables were not changed. `make upgrade OUT=...` makes the backup in another place."
            ) from problem

    def _introduce(self, user: User, generated: str | None) -> None:
        lines = [f"First administrator: {user.email}"]
        if generated is None:
            lines.append("Password:            as set in WBCWEB_ADMIN_PASSWORD")
        else:
            lines.append(f"Password:            {generated}")
            lines.append("It is shown this once: write it down.")
        rule = "-" * max(len(line) for line in lines)
        self.stdout.write("\n".join(["", rule, *lines, rule, ""]))

    def _demo(self) -> None:
        manager = User.objects.filter(is_superuser=True, is_active=True).order_by("pk").first()
        if manager is None:
            return
        upload = ensure_demo(manager=manager)
        if upload is None:
            return
        self.stdout.write("Making the demonstration slide and analysing it ...")
        self.stdout.flush()
        for job in run_waiting_jobs(upload.project):
            self.stderr.write(f"  {job.title}: {job.error or job.get_state_display()}")
