from collections.abc import Iterator
from pathlib import Path

import pytest

from apps.operations import readiness
from tests.operations.site import Site


@pytest.fixture(autouse=True)
def look_anew() -> Iterator[None]:
    """Let every test see the state of its own surroundings, not what the one before it found."""
    readiness.forget()
    yield
    readiness.forget()


@pytest.fixture(scope="session")
def prepared_site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """Return a site that has a database and nothing else; to be copied."""
    folder = tmp_path_factory.mktemp("prepared")
    return Site(folder / "data", folder / "log").prepare()


@pytest.fixture
def site(prepared_site: Site, tmp_path: Path) -> Site:
    """Return a site of this test's own."""
    return prepared_site.copy_to(tmp_path / "site", tmp_path / "site.log")
