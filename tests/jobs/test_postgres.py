"""The data layer once more, on a private PostgreSQL. Real workers on it are killed in tests/faults."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.jobs.site import ROOT, Site
from tests.kits.postgres import PostgresKit, private_postgres

pytestmark = [pytest.mark.postgres, pytest.mark.processes, pytest.mark.slow]

DATA_LAYER = [
    "test_ledger.py",
    "test_state_machine.py",
    "test_services.py",
    "test_schedule.py",
    "test_messages.py",
    "test_workers.py",
    "postgres_only.py",
]


@pytest.fixture(scope="module")
def postgres() -> Iterator[PostgresKit]:
    with private_postgres() as kit:
        yield kit


def test_the_data_layer_holds_on_postgres(postgres: PostgresKit, tmp_path: Path) -> None:
    site = Site(tmp_path, database_url=postgres.url())
    command = [
        sys.executable,
        "-m",
        "pytest",
        *(f"tests/jobs/{name}" for name in DATA_LAYER),
        "-q",
        "--create-db",
    ]
    options = ["--ds=tests.jobs.settings", "-p", "no:cacheprovider", "-p", "no:xdist"]
    env = {k: v for k, v in site.env.items() if not k.startswith("PYTEST_")}
    done = subprocess.run(
        [*command, *options], cwd=ROOT, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert "skipped" not in done.stdout.splitlines()[-1]
