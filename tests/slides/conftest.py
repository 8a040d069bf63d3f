from __future__ import annotations

from collections.abc import Callable

import pytest

from apps.accounts.models import Project, User
from apps.core.registries import after_ingest
from apps.jobs.models import Job, Outcome
from apps.slides import services
from apps.slides.models import Upload
from apps.slides.receiving import receive_bytes
from tests.factories import ProjectFactory, member


@pytest.fixture
def project(db: None) -> Project:
    return ProjectFactory()


@pytest.fixture
def reviewer(project: Project) -> User:
    return member(project, "reviewer")


@pytest.fixture
def begin(project: Project, reviewer: User) -> Callable[..., Upload]:
    """Return a function that opens an upload and adds files, given as pairs of name and bytes."""

    def make(*files: tuple[str, bytes], **values: object) -> Upload:
        upload = services.open_upload(
            **{"requester": reviewer, "project": project, "mode": "one-slide", **values}
        )
        for name, data in files:
            services.add_file(upload=upload, received=receive_bytes(name, data))
        return upload

    return make


@pytest.fixture
def ingest(begin: Callable[..., Upload], run_job: Callable[[Job], Outcome | None]) -> Callable[..., Upload]:
    """Return a function that uploads files and stores them; it returns the upload as it is then."""

    def make(*files: tuple[str, bytes], **values: object) -> Upload:
        upload = begin(*files, **values)
        assert run_job(services.complete(upload=upload)) is Outcome.SUCCEEDED
        upload.refresh_from_db()
        return upload

    return make


@pytest.fixture(autouse=True)
def only_our_hooks(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, object]]:
    """Replace what other rooms do after a field is stored by a list of the calls."""
    calls: list[dict[str, object]] = []

    def note(**values: object) -> None:
        calls.append(values)

    monkeypatch.setattr(after_ingest, "_hooks", {"note": note})
    return calls
