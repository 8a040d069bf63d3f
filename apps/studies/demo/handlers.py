"""The job that makes a simulated study; called by the worker, by its dotted name."""

from __future__ import annotations

from apps.accounts.models import Project
from apps.core.errors import DomainError
from apps.jobs.context import JobContext
from apps.jobs.errors import JobFailed
from apps.studies.demo import making
from apps.studies.demo.params import DemoParams


def make(ctx: JobContext, params: DemoParams) -> None:
    """Make the study, unless the project has one."""
    project = Project.objects.filter(public_id=params.project_id).first()
    if project is None:
        raise JobFailed("The project does not exist any more.", retry=False)
    if making.existing(project) is not None:
        return
    manager = making.manager_of(project)
    if manager is None:
        raise JobFailed("The project has no manager who could make a study.", retry=False)
    try:
        making.make(
            actor=manager, project=project, each=params.each, readers=params.readers, progress=ctx.progress
        )
    except DomainError as problem:
        raise JobFailed(problem.message, retry=False) from problem
