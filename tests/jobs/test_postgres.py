"""The data layer once more, on a private PostgreSQL; and real workers on it, one of them killed."""

import collections
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.jobs.site import ROOT, Site
from tests.kits.postgres import PostgresKit, private_postgres
from tests.kits.processes import wait_for

pytestmark = [pytest.mark.postgres, pytest.mark.processes, pytest.mark.slow]

DATA_LAYER = [
    "test_ledger.py",
    "test_state_machine.py",
    "test_services.py",
    "test_schedule.py",
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


def test_kills_on_postgres_leave_one_effect_each(postgres: PostgresKit, tmp_path: Path) -> None:
    site = Site(tmp_path / "site", database_url=postgres.url()).prepare()
    jobs = site.submit("test-quick", 60, seconds=0.01)
    with ExitStack() as stack:
        workers = [stack.enter_context(site.worker()) for _ in range(3)]
        for victim in workers[:2]:
            before = site.left()
            wait_for(lambda before=before: site.left() < before - 5, seconds=30, because=site.words)
            os.kill(victim.pid, 9)
            victim.wait()
        wait_for(lambda: site.left() == 0, seconds=60, because=site.words)
    site.close()
    assert {site.state(job) for job in jobs} == {"succeeded"}
    assert collections.Counter(row[0] for row in site.effects()) == dict.fromkeys(jobs, 1)
