"""Prepare a data folder: tables, first administrator, demonstration."""

from __future__ import annotations

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.accounts.models import User
from apps.core.errors import DomainError
from apps.home.administrator import ensure_administrator
from apps.home.demo import ensure_demo, run_waiting_jobs


class Command(BaseCommand):
    """Bring a site from nothing, or from an older version, to where it can be used; safe to run again."""

    help = "Migrate, make the first administrator and the demonstration project; does nothing that is done already."

    def add_arguments(self, parser: CommandParser) -> None:
        """Offer to leave the demonstration out."""
        parser.add_argument("--no-demo", action="store_true", help="make no demonstration project")

    def handle(self, *_: Any, no_demo: bool, **__: Any) -> None:
        """Do what is not done yet and say so; a refusal is one sentence."""
        call_command("migrate", interactive=False, verbosity=0)
        try:
            first = ensure_administrator()
            if first is not None:
                self._introduce(first.user, first.generated)
            if not no_demo:
                self._demo()
        except DomainError as error:
            raise CommandError(error.message) from error

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
