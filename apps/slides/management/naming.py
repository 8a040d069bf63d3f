"""Projects by what an operator calls them."""

from __future__ import annotations

from uuid import UUID

from django.core.management.base import CommandError

from apps.accounts.models import Project


def find_project(name: str) -> Project:
    """Return the project with a name or a public id.

    Raises:
        CommandError: when there is none; with the names that there are.
    """
    project = Project.objects.filter(name=name).first()
    if project is None:
        try:
            project = Project.objects.filter(public_id=UUID(name)).first()
        except ValueError:
            project = None
    if project is None:
        known = ", ".join(f"“{known}”" for known in Project.objects.values_list("name", flat=True)[:20])
        raise CommandError(f"There is no project “{name}”. Known: {known or 'none yet'}.")
    return project
