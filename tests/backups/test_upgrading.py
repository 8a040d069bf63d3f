"""What the first version wrote comes through every migration since, and the rules are those of a fresh site."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable

import pytest

from tests.backups.conftest import new_database
from tests.backups.site import ROOT, KeptSite

pytestmark = [pytest.mark.processes, pytest.mark.slow]


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def test_rows_of_the_first_version_stay_and_the_rules_are_those_of_today(
    kind: str, request: pytest.FixtureRequest, place: Callable[..., KeptSite]
) -> None:
    if kind == "sqlite":
        old, fresh = place("old"), request.getfixturevalue("sqlite_site")
    else:
        kit = request.getfixturevalue("postgres")
        old, fresh = place("old", new_database(kit)), place("fresh", kit.url())
        fresh.folder.mkdir()
    done = subprocess.run(
        [sys.executable, "-m", "tests.backups.first_version", "upgrade"],
        env=old.env,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    upgraded = json.loads(done.stdout)
    many = {"cells_cell": 3, "cells_labelevent": 6}
    assert upgraded["rows"] == {table: many.get(table, 1) for table in upgraded["rows"]}
    # The label in force is whose newest label no undo reverted; each event of then is an act of its own.
    assert upgraded["filled"] == {
        "labelled_by": ["first@example.org", "second@example.org", "first@example.org"],
        "acts": 6,
        "events_of_acts": 6,
    }
    assert upgraded["rules"] == fresh.ask("rules")
