"""Changing how a project reviews."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest

from apps.accounts import audit
from apps.accounts.models import Project, User
from apps.accounts.permissions import Action, require
from apps.accounts.review_settings import NAMES, in_words, label_of, values_of
from apps.core.editing import refuse_stale, stale
from apps.core.errors import InvalidInput


@transaction.atomic
def change_review_settings(
    *,
    actor: User,
    project: Project,
    version: str,
    request: HttpRequest | None = None,
    **wanted: Any,
) -> Project:
    """Change how a project reviews, from what was chosen in ``version``; what is not named stays.

    Raises:
        NotFound, NotPermitted: as ``require`` with MANAGE_MEMBERS.
        InvalidInput: when a value makes no sense.
        Conflict: when somebody changed the settings since; ``detail`` holds both values.
    """
    require(actor, Action.MANAGE_MEMBERS, project)
    project.refresh_from_db(fields=NAMES)
    seen = values_of(project)
    wanted = {**seen, **wanted}
    refuse_stale(seen=version, what="project", yours=wanted, current=seen)
    before = {name: in_words(project, name) for name in NAMES}
    for name in NAMES:
        setattr(project, name, wanted[name])
    _check(project)
    moved = Project.objects.filter(pk=project.pk, **seen).update(**{name: wanted[name] for name in NAMES})
    if not moved:
        project.refresh_from_db()
        raise stale(what="project", yours=wanted, current=values_of(project))
    changed = [
        f"{label_of(name)} {before[name]} → {in_words(project, name)}"
        for name in NAMES
        if wanted[name] != seen[name]
    ]
    if changed:
        audit.record(
            actor=actor,
            verb="review-settings-changed",
            project=project,
            target=f"project:{project.public_id}",
            detail={"changed": changed},
            request=request,
        )
    return project


def _check(project: Project) -> None:
    try:
        project.clean_fields(exclude=[f.name for f in Project._meta.fields if f.name not in NAMES])  # noqa: SLF001 - documented by Django
        project.validate_constraints()
    except ValidationError as problem:
        raise InvalidInput(" ".join(problem.messages)) from problem
