"""Asking for the embeddings that cells lack."""

from __future__ import annotations

from django.db import transaction

from apps.accounts.models import Project, User
from apps.accounts.permissions import Action, require
from apps.core.errors import Conflict
from apps.inference.embedding.selectors import lacks_features
from apps.inference.params import EMBED_KIND, EmbedParams
from apps.jobs import services as jobs
from apps.jobs.models import ACTIVE_STATES, Job


def request_embeddings(*, project: Project, requester: User | None = None) -> Job | None:
    """Queue storing the embeddings that cells of a project lack; a job that is there already will do.

    Args:
        project: Whose cells.
        requester: Who asks; ``None`` for the operator of the machine.

    Returns:
        The job; ``None`` when nothing is lacking, or no model is in use.

    Raises:
        NotFound, NotPermitted: the person may not add to the project.
    """
    if requester is not None:
        require(requester, Action.UPLOAD, project)
    if not lacks_features(project):
        return None
    subject = f"project:{project.public_id}"
    with transaction.atomic():
        there = Job.objects.select_for_update().filter(
            kind=EMBED_KIND, subject=subject, state__in=ACTIVE_STATES, cancel_requested=False
        )
        return there.first() or jobs.submit(
            kind=EMBED_KIND,
            params=EmbedParams(project_id=str(project.public_id)),
            requester=requester,
            project=project,
            title=f"Features of the cells of {project.name}",
            subject=subject,
        )


def embeddings_asked(*, actor: User, project: Project) -> Job:
    """Queue it on a person's request.

    Raises:
        NotFound, NotPermitted: as above.
        Conflict: there is nothing to do.
    """
    job = request_embeddings(project=project, requester=actor)
    if job is None:
        raise Conflict("Every cell here has its features already.", code="nothing-to-embed")
    return job
