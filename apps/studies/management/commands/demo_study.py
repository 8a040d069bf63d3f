"""``manage.py demo_study``: a finished study of simulated cells and simulated readers in the demonstration project."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.accounts.models import Project, User
from apps.core.errors import DomainError
from apps.slides.management.naming import find_project
from apps.studies.demo import making


class Command(BaseCommand):
    """Make the simulated study."""

    help = (
        "Make a study of simulated cells with simulated readers, finished and unblinded, to look at; does nothing when "
        "the project has one. Everything in it is labelled simulated."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument("--project", default="", help="name or id; the demonstration project otherwise")
        parser.add_argument("--each", type=int, default=making.EACH, help="images of each class and arm")
        parser.add_argument("--readers", type=int, default=making.READERS, help="how many simulated readers")

    def handle(self, *_: Any, project: str, each: int, readers: int, **__: Any) -> None:
        """Run the command."""
        try:
            place = find_project(project) if project else _demonstration()
            found = making.existing(place)
            if found is not None:
                self.stdout.write(f"The project has its simulated study already: {found.public_id}")
                return
            study = making.make(actor=_manager(place), project=place, each=each, readers=readers)
        except DomainError as error:
            raise CommandError(error.message) from error
        self.stdout.write(f"Made: {study.title}, {study.public_id}")


def _demonstration() -> Project:
    found = Project.objects.filter(is_demo=True).order_by("pk").first()
    if found is None:
        raise CommandError("There is no demonstration project: make one with “manage.py bootstrap”.")
    return found


def _manager(project: Project) -> User:
    person = making.manager_of(project)
    if person is None:
        raise CommandError(f"“{project.name}” has no manager who could make a study.")
    return person
