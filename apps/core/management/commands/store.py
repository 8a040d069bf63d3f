"""``manage.py store``: look whether the site's files can be written and read."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.core import storage


class Command(BaseCommand):
    """Say where the site's files are kept and whether that place works."""

    help = "Write, read and remove a small file where the site keeps its files. Ends with 1 when that fails."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument("--make-bucket", action="store_true", help="make the bucket when it is missing")

    def handle(self, *_: Any, make_bucket: bool, **__: Any) -> None:
        """Try the store; a refusal is one sentence."""
        store = storage.current()
        if make_bucket:
            if not isinstance(store, storage.S3Store):
                raise CommandError("There is no bucket to make: WBCWEB_S3_BUCKET is not set.")
            try:
                if store.make_bucket():
                    self.stdout.write(f"{store.name} was made.")
            except storage.StoreAway as away:
                raise CommandError(f"{store.name} could not be made: {away.why}.") from away
        problem = storage.problem(write=True)
        if problem is not None:
            raise CommandError(problem)
        self.stdout.write(f"Files are kept in {store.name}; writing, reading and removing work.")
