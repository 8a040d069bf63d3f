from collections.abc import Callable

import pytest

from apps.accounts.models import Project, Role, User
from apps.datasets import services
from apps.datasets.mapping import propose
from apps.datasets.models import Import, ImportState
from apps.jobs.models import Job, Outcome
from apps.registry.selectors import classes_for
from tests.datasets.archives import begin
from tests.factories import ProjectFactory, member

Runs = Callable[[Job], Outcome | None]
Importer = Callable[..., Import]


@pytest.fixture
def project(db: None) -> Project:
    found: Project = ProjectFactory()
    return found


@pytest.fixture
def researcher(project: Project) -> User:
    return member(project, Role.RESEARCHER)


@pytest.fixture
def run_import(project: Project, researcher: User, run_job: Runs) -> Importer:
    """Return a function that imports an archive as far as the mapping given, or that proposed, lets it."""

    def run(
        data: bytes, *, into: Project | None = None, mapping: dict[str, str] | None = None, **values: object
    ) -> Import:
        target = into or project
        source = begin(
            researcher if into is None else member(target, Role.RESEARCHER), target, data, **values
        )
        assert source.job is not None
        run_job(source.job)
        source.refresh_from_db()
        if source.state != ImportState.MAPPING:
            return source
        names = [name for name, _ in source.found["classes"]]
        wanted = {**propose(names, classes_for(target)), **(mapping or {})}
        job = services.confirm(actor=source.requester, source=source, mapping=wanted)
        run_job(job)
        return Import.objects.select_related("project", "requester", "job").get(pk=source.pk)

    return run
