"""``manage.py ingest``: the same upload as in the browser, for the operator of the machine."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.accounts.models import Project, User
from apps.core.errors import DomainError
from apps.jobs.here import run_here
from apps.jobs.models import Job, State
from apps.slides import selectors, services
from apps.slides.management.naming import find_project
from apps.slides.models import Mode, Upload
from apps.slides.receiving import Refused, clean_filename, receive_path
from ml.images.formats import SUFFIXES


class Command(BaseCommand):
    """Store pictures as fields of slides, and analyse them if asked to."""

    help = (
        "Store pictures as fields of slides: the same checks, the same job and the same report as an upload. "
        "From a folder every picture below it is taken. Ends with 1 when a file was not stored."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument(
            "paths", nargs="+", metavar="PATH", type=Path, help="a picture or a folder of pictures"
        )
        parser.add_argument("--project", required=True, help="name or id of the project")
        which = parser.add_mutually_exclusive_group()
        which.add_argument(
            "--slide", metavar="TITLE", default="", help="one slide of this title (default: a new name)"
        )
        which.add_argument("--slide-per-file", action="store_true", help="one slide for each picture")
        which.add_argument("--add-to", metavar="SLIDE", type=UUID, help="id of the slide to add fields to")
        parser.add_argument("--analyse", action="store_true", help="find and classify the cells as well")
        parser.add_argument("--as", dest="email", default="", help="account that uploads (default: none)")
        parser.add_argument(
            "--queue",
            action=argparse.BooleanOptionalAction,
            default=False,
            help="leave the work to a worker instead of doing it here",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the command."""
        del args
        try:
            failed = self._ingest(options)
        except DomainError as error:
            raise CommandError(error.message) from error
        if failed:
            raise CommandError(f"{failed} file{'' if failed == 1 else 's'} not stored.", returncode=1)

    def _ingest(self, options: dict[str, Any]) -> int:
        project = find_project(options["project"])
        paths = list(_pictures(options["paths"]))
        if not paths:
            raise CommandError("There is no picture in the folders named.")
        upload = _open(project, options)
        for path in paths:
            _add(upload, path)
        job = services.complete(upload=upload)
        if options["queue"]:
            self.stdout.write(f"{len(paths)} files are waiting for a worker (job {job.public_id}).")
            return 0
        run_here(job, name="ingest")
        problems = self._report(upload)
        return problems + (self._analyse(upload) if options["analyse"] else 0)

    def _report(self, upload: Upload) -> int:
        upload.refresh_from_db()
        report = selectors.upload_report(upload=upload)
        for item in report.files:
            words = " ".join(filter(None, [item.message, *item.file.notices]))
            self.stdout.write(
                f"{item.file.get_state_display():<22} {item.file.filename}{': ' if words else ''}{words}"
            )
        if report.message:
            self.stderr.write(report.message)
        counts = report.counts
        self.stdout.write(
            f"{counts['stored']} stored, {counts['duplicate']} in the project already, "
            f"{counts['failed'] + counts['waiting']} not stored."
        )
        return counts["failed"] + counts["waiting"]

    def _analyse(self, upload: Upload) -> int:
        """Run the analyses that storing has asked for; return how many did not succeed."""
        slides = upload.files.exclude(field=None).values_list("field__slide__public_id", flat=True).distinct()
        subjects = {f"slide:{public_id}" for public_id in slides}
        failed = 0
        for job in Job.objects.filter(subject__in=subjects, state=State.QUEUED).order_by("pk"):
            run_here(job, name="ingest")
            job.refresh_from_db()
            self.stdout.write(
                f"{job.title}: {job.get_state_display().lower()}{f': {job.error}' if job.error else ''}"
            )
            failed += job.state != State.SUCCEEDED
        return failed


def _pictures(paths: list[Path]) -> Iterator[Path]:
    """Yield files as named, and the pictures below folders, in the order of their names."""
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        for inner in sorted(path.rglob("*")):
            if inner.suffix.lower() in SUFFIXES and inner.is_file() and not inner.name.startswith("."):
                yield inner


def _open(project: Project, options: dict[str, Any]) -> Upload:
    requester = None
    if options["email"]:
        requester = User.objects.filter(email__iexact=options["email"], is_active=True).first()
        if requester is None:
            raise CommandError(f"There is no active account {options['email']}.")
    slide = None
    if options["add_to"] is not None:
        slide = project.slides.filter(public_id=options["add_to"], trashed_at=None).first()
        if slide is None:
            raise CommandError(f"The project has no slide {options['add_to']}.")
    mode = (
        Mode.ADD_TO_SLIDE if slide else Mode.SLIDE_PER_FILE if options["slide_per_file"] else Mode.ONE_SLIDE
    )
    return services.open_upload(
        requester=requester,
        project=project,
        mode=mode,
        title=options["slide"],
        slide=slide,
        analyse=options["analyse"],
    )


def _add(upload: Upload, path: Path) -> None:
    """Enter a file; one that cannot be taken is entered with its reason, like the others."""
    try:
        services.add_file(upload=upload, received=receive_path(path))
    except DomainError as problem:
        size = path.stat().st_size if path.is_file() else 0
        services.add_refused(upload=upload, refused=Refused(clean_filename(path.name), size, problem.message))
