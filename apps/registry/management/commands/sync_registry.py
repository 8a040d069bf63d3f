"""Register the shipped class lists and weights."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.core.errors import DomainError
from apps.registry.sync import sync
from ml.errors import MLError


class Command(BaseCommand):
    """Run the synchronisation that also runs after every migration."""

    help = "Register the class lists and weights that come with the software; safe to run again."

    def handle(self, *_: Any, **__: Any) -> None:
        """Synchronise and say what changed; a refusal is one sentence."""
        try:
            self.stdout.write(str(sync()))
        except (DomainError, MLError) as error:
            raise CommandError(str(error)) from error
