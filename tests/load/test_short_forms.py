"""The load tests' own tools work, in their shortest form; what they measure is for `make load` on a quiet machine."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

pytestmark = [pytest.mark.slow, pytest.mark.processes]

CLEAN = {k: v for k, v in os.environ.items() if not k.startswith(("WBCWEB_", "DJANGO_", "PYTEST_"))}


def run(*command: str, codes: tuple[int, ...] = (0,), **environment: str) -> str:
    """Run a program of the project and return what it printed."""
    done = subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env={**CLEAN, **environment},
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )
    assert done.returncode in codes, done.stderr[-4000:]
    return done.stdout


@pytest.mark.postgres
def test_contended_edits_lose_nothing_on_either_database():
    told = run("bench/load/run.py", "--only", "D", "--edits", "160")
    rows = [line.split(" | ") for line in told.splitlines() if line.startswith(("| sqlite", "| postgres"))]
    assert [row[0].strip("| ") for row in rows] == ["sqlite", "postgres"]
    for row in rows:
        # Edits, then anything but accepted or a conflict, lost, stored unasked, gaps.
        assert (int(row[1]), *map(int, row[4:8])) == (160, 0, 0, 0, 0)
        assert row[8].strip(" |") == "met"


def test_a_site_is_filled_past_the_services_and_the_rules_of_its_tables_hold(tmp_path):
    where = {"WBCWEB_DATA_DIR": str(tmp_path)}
    run("manage.py", "migrate", "--verbosity", "0", **where)
    seed = ("bench/load/seed.py", "--slides", "4", "--fields", "2", "--cells", "10", "--labelled", "5")
    told = json.loads(run(*seed, **where).splitlines()[-1])
    assert (len(told["slides"]), told["cells"]) == (4, 80)
    # Written in bulk, past the services: the events are there as those write them, and the tables' triggers too.
    code = (
        "from apps.cells.models import *; from django.db.models import F; from django.db import connection as c; "
        "e = LabelEvent.objects; k = c.cursor(); "
        "k.execute(\"SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'cells_labelevent'\"); "
        "print('=>', e.count(), e.filter(project=F('cell__project')).count(), k.fetchone()[0])"
    )
    printed = run("manage.py", "shell", "--verbosity", "0", "--command", code, **where)
    assert printed.rsplit("=>", 1)[1].split() == ["16", "16", "4"]
