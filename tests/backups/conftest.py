"""Sites to be copied and brought back, on each database."""

from __future__ import annotations

import itertools
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.backups.site import KeptSite
from tests.kits.postgres import OWNER, PostgresKit, private_postgres

_numbers = itertools.count()


@pytest.fixture(scope="session")
def empty_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with tables and nothing in them, to be copied: quicker than to migrate each time."""
    site = KeptSite(tmp_path_factory.mktemp("empty") / "site")
    site.folder.mkdir()
    site.command("migrate", "-v", "0")
    site.close()
    return site.folder


@pytest.fixture(scope="session")
def filled_sqlite(
    empty_sqlite: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, dict[str, str]]:
    """A data folder with what people have done, to be copied, and the names of what is in it."""
    site = KeptSite(tmp_path_factory.mktemp("filled") / "site")
    shutil.copytree(empty_sqlite, site.folder)
    made = site.ask("fill")
    site.close()
    return site.folder, made


@pytest.fixture
def filled(
    place: Callable[..., KeptSite], filled_sqlite: tuple[Path, dict[str, str]]
) -> tuple[KeptSite, dict[str, str]]:
    """A site on SQLite that people have worked on, and the names of what is in it."""
    site = place("site")
    shutil.copytree(filled_sqlite[0], site.folder)
    return site, filled_sqlite[1]


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresKit]:
    """A server whose database "wbcweb" has tables and nothing in them, to be copied."""
    with private_postgres() as kit:
        site = KeptSite(tmp_path_factory.mktemp("postgres") / "site", kit.url())
        site.folder.mkdir()
        site.command("migrate", "-v", "0")
        site.close()
        yield kit


def new_database(kit: PostgresKit, *, template: str = "template0") -> str:
    """Make a database, as a copy of another one; return its address."""
    name = f"site{next(_numbers)}"
    subprocess.run(
        [kit.programs / "createdb", "-h", kit.socket_folder, "-U", OWNER, "-T", template, name],
        check=True,
        capture_output=True,
    )
    return kit.url(name)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Callable[..., KeptSite]]:
    """Return a function that gives an empty place for a site."""
    made: list[KeptSite] = []

    def make(name: str, database_url: str | None = None, **more: str) -> KeptSite:
        made.append(KeptSite(tmp_path / name, database_url, more))
        return made[-1]

    yield make
    for site in made:
        site.close()


@pytest.fixture
def sqlite_site(place: Callable[..., KeptSite], empty_sqlite: Path) -> KeptSite:
    """A site on SQLite with tables and nothing in them."""
    site = place("site")
    shutil.copytree(empty_sqlite, site.folder)
    return site


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def pair(request: pytest.FixtureRequest, place: Callable[..., KeptSite]) -> tuple[KeptSite, KeptSite]:
    """A site with tables, and an empty place of the same kind to restore into."""
    if request.param == "sqlite":
        return request.getfixturevalue("sqlite_site"), place("restored")
    kit = request.getfixturevalue("postgres")
    site = place("site", new_database(kit, template="wbcweb"))
    site.folder.mkdir()
    return site, place("restored", new_database(kit))
