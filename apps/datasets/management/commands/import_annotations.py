"""``manage.py import_annotations``: the same import as in the browser, from a folder or archive on the machine."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.accounts.models import User
from apps.core import storage
from apps.core.errors import DomainError
from apps.datasets import mapping as classes
from apps.datasets import receiving, selectors, services
from apps.datasets.models import Declared, Format, Grouping, Import, ImportState
from apps.jobs.here import run_here
from apps.registry.selectors import classes_for
from apps.slides.management.naming import find_project


class Command(BaseCommand):
    """Import annotated pictures."""

    help = (
        "Import pictures with their annotations from a folder or a ZIP archive: the same checks, jobs and receipt as "
        "on the page. Ends with 1 when something was not stored, with 2 when a class has no meaning yet."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument("path", metavar="FOLDER", type=Path, help="a folder, or a ZIP archive")
        parser.add_argument("--project", required=True, help="name or id of the project")
        parser.add_argument("--as", dest="email", required=True, help="account that imports")
        parser.add_argument(
            "--format", choices=Format.values, default="", help="recognised when it is not given"
        )
        parser.add_argument("--title", default="", help="title of the slide")
        parser.add_argument("--slide-per-picture", action="store_true", help="one slide for each picture")
        parser.add_argument(
            "--synthetic",
            action="store_true",
            help="the pictures are synthetic cells, a folder for each class; cannot be changed afterwards",
        )
        parser.add_argument("--analyse", action="store_true", help="let the model suggest classes as well")
        parser.add_argument(
            "--map",
            action="append",
            default=[],
            metavar="NAME=CLASS",
            help=(
                "what a class becomes: a class of the project's list, “:no-class” or “:leave-out”; "
                "may be given several times, else what is proposed stands"
            ),
        )
        parser.add_argument(
            "--queue",
            action=argparse.BooleanOptionalAction,
            default=False,
            help="leave the storing to a worker instead of doing it here",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the command."""
        del args
        try:
            odd = self._import(options)
        except DomainError as error:
            raise CommandError(error.message) from error
        if odd:
            raise CommandError(f"{odd} pictures not stored.", returncode=1)

    def _import(self, options: dict[str, Any]) -> int:
        project, actor = find_project(options["project"]), _person(options["email"])
        key, size = self._archive(options["path"])
        grouping = Grouping.SLIDE_PER_PICTURE if options["slide_per_picture"] else Grouping.ONE_SLIDE
        try:
            source = services.open_import(
                actor=actor,
                project=project,
                source_key=key,
                size=size,
                format=options["format"],
                grouping=grouping,
                title=options["title"],
                analyse=options["analyse"],
                origin=Declared.SYNTHETIC if options["synthetic"] else Declared.REAL,
            )
        except DomainError:
            storage.delete_key(key)
            raise
        _run(source)
        source.refresh_from_db()
        if source.state != ImportState.MAPPING:
            raise CommandError(selectors.report(source).message or "The archive could not be read.")
        self._confirm(actor, source, options["map"])
        if options["queue"]:
            self.stdout.write(f"The import {source.public_id} is waiting for a worker.")
            return 0
        _run(source)
        return self._report(source)

    def _archive(self, path: Path) -> tuple[str, int]:
        if path.is_dir():
            return receiving.pack_folder(path, tell=self.stdout.write)
        if not path.is_file():
            raise CommandError(f"There is no folder or archive {path}.")
        key = storage.new_key(receiving.PREFIX, ".zip")
        with path.open("rb") as stream:
            storage.save_stream(key, stream)
        return key, path.stat().st_size

    def _confirm(self, actor: User, source: Import, given: list[str]) -> None:
        """Take what was given and, for the rest, what is proposed; say what is unknown."""
        names = [name for name, _ in source.found["classes"]]
        wanted = {**classes.propose(names, classes_for(source.project)), **_pairs(given)}
        self.stdout.write(f"{source.get_format_display()}: {source.found['pictures']} pictures.")
        unknown = []
        for name, count in source.found["classes"]:
            self.stdout.write(f"  {name or '(no class)'} ({count}) becomes {wanted.get(name) or '?'}")
            unknown += [] if wanted.get(name) else [name]
        if unknown:
            services.discard(actor=actor, source=source)
            shown = " ".join(f"--map '{name}=...'" for name in unknown[:5])
            raise CommandError(f"Say what these classes become: {shown}", returncode=2)
        services.confirm(actor=actor, source=source, mapping={name: wanted[name] for name in names})

    def _report(self, source: Import) -> int:
        source.refresh_from_db()
        found = selectors.report(source)
        for line in source.remarks.order_by("id").iterator():
            where = " ".join(filter(None, [line.path, line.place]))
            self.stdout.write(f"{line.odd}: {where}: {line.message}")
        if found.message:
            self.stderr.write(found.message)
        for tally in found.sums:
            parts = ", ".join(f"{words} {n}" for words, n in tally.parts)
            self.stdout.write(
                f"{tally.what}: {tally.total} = {parts}{'' if tally.agrees else ' (THEY DIFFER)'}"
            )
        self.stdout.write(f"Cells: {found.counts.get('cells', 0)}.")
        return found.counts.get("failed", 0) if source.state == ImportState.DONE else 1


def _person(email: str) -> User:
    person = User.objects.filter(email__iexact=email, is_active=True).first()
    if person is None:
        raise CommandError(f"There is no active account {email}.")
    return person


def _pairs(given: list[str]) -> dict[str, str]:
    pairs = {}
    for one in given:
        name, equals, to = one.rpartition("=")
        if not equals:
            raise CommandError(f"“{one}” is not NAME=CLASS.")
        pairs[name] = to
    return pairs


def _run(source: Import) -> None:
    if source.job is not None:
        run_here(source.job, name="import")
