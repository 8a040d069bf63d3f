"""Have the features stored of cells that were found before the site kept them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.accounts.models import Project
from apps.inference.embedding.services import request_embeddings


class Command(BaseCommand):
    """Queue one job for each project whose cells lack features."""

    help = (
        "Queue storing what the classifier in use sees of cells that have no such features: galleries order cells by "
        "likeness and show reference cells by them. A worker does it; nothing else of the cells changes."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take one project, or all."""
        parser.add_argument("--project", type=UUID, help="Public id of one project; all without it.")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Queue the jobs and name them."""
        projects = Project.objects.order_by("pk")
        if options["project"] is not None:
            projects = projects.filter(public_id=options["project"])
            if not projects.exists():
                raise CommandError("There is no such project.")
        queued = 0
        for project in projects:
            job = request_embeddings(project=project)
            if job is not None:
                queued += 1
                self.stdout.write(f"{project.name}: job {job.public_id}")
        if not queued:
            self.stdout.write("Nothing to do: every cell has its features, or no model is in use.")
