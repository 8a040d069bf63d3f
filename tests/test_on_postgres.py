"""The rooms' own tests once more, on a private PostgreSQL: rules, triggers, locks and pages hold on both databases."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kits.postgres import PostgresKit, private_postgres
from tests.kits.processes import own_environment

ROOT = Path(__file__).resolve().parent.parent

# Every room, also one that is new; but the tests of jobs and backups bring a PostgreSQL of their own along.
ROOMS = sorted(path.parent.name for path in (ROOT / "apps").glob("*/apps.py"))
ROOMS = [room for room in ROOMS if room not in {"jobs", "backups"}]
# In parts of about the same length, so that several processes share them.
NAMED = {"review": ["review"], "studies": ["studies"], "api": ["api", "test_permissions.py"]}
PARTS = {
    **NAMED,
    "others": [room for room in ROOMS if room not in NAMED],
}

# What starts servers, processes or browsers says nothing more on another database.
LEFT_OUT = "postgres or redis or processes or e2e or slow or weights or gpu"

pytestmark = [pytest.mark.postgres, pytest.mark.slow, pytest.mark.long]


@pytest.fixture(scope="module")
def postgres() -> Iterator[PostgresKit]:
    with private_postgres() as kit:
        yield kit


@pytest.mark.parametrize("part", PARTS)
def test_the_rooms_hold_on_postgres(part: str, postgres: PostgresKit, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-m", f"not ({LEFT_OUT})", "-p", "no:cacheprovider"]
    paths = [f"tests/{name}" for name in PARTS[part] if (ROOT / "tests" / name).exists()]
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "WBCWEB_"))
    }
    environment |= {"WBCWEB_DATABASE_URL": postgres.url(), "WBCWEB_DATA_DIR": str(tmp_path)}
    done = subprocess.run(
        [*command, *paths],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]


def test_the_tests_really_ran_there(postgres: PostgresKit, tmp_path: Path) -> None:
    code = "import django; django.setup(); from django.db import connection; print(connection.vendor)"
    environment = own_environment(
        DJANGO_SETTINGS_MODULE="wbcweb.settings",
        WBCWEB_DATABASE_URL=postgres.url(),
        WBCWEB_DATA_DIR=str(tmp_path),
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.strip() == "postgresql"
