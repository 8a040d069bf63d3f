"""Asking for the simulated study from the page of the demonstration project."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from apps.accounts.models import Project, User
from apps.accounts.permissions import Action, require
from apps.core.errors import Conflict
from apps.jobs import services as jobs
from apps.jobs.models import ACTIVE_STATES, Job
from apps.studies.demo import making
from apps.studies.demo.params import DEMO, DemoParams


def ask(*, actor: User, project: Project) -> Job:
    """Have the simulated study made.

    Raises:
        NotFound, NotPermitted: the person may not design studies here.
        Conflict: there is one, or one is being made.
    """
    require(actor, Action.STUDY, project)
    if making.existing(project) is not None:
        raise Conflict("The project has its simulated study already.", code="exists")
    with transaction.atomic():
        # A no-op update takes the project's lock: of two who press at once, one gets the job.
        Project.objects.filter(pk=project.pk).update(is_demo=project.is_demo)
        last = _last_job(project)
        if last is not None and last.state in ACTIVE_STATES:
            raise Conflict("The simulated study is being made.", code="running")
        return jobs.submit(
            kind=DEMO,
            params=DemoParams(str(project.public_id), making.EACH, making.READERS),
            requester=actor,
            project=project,
            title="Make a simulated study",
            subject=_subject(project),
        )


def shown(project: Project) -> dict[str, Any]:
    """Return what the list of studies shows of it: the study, or the job that makes it."""
    return {"demo_study": making.existing(project), "demo_job": _last_job(project)}


def _last_job(project: Project) -> Job | None:
    return Job.objects.filter(kind=DEMO, subject=_subject(project)).order_by("-pk").first()


def _subject(project: Project) -> str:
    return f"demo-study:{project.public_id}"
