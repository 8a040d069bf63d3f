"""A web server whose connections a restart of PostgreSQL has cut goes on as if nothing had been."""

import signal
import sys
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.jobs.site import ROOT, Site
from tests.kits.postgres import private_postgres
from tests.kits.processes import free_port, running, wait_for

pytestmark = [pytest.mark.processes, pytest.mark.slow, pytest.mark.postgres]

AT_ONCE = 4


def test_every_kept_connection_that_a_restart_has_cut_is_replaced_before_it_is_used(tmp_path: Path) -> None:
    with private_postgres() as postgres:
        site = Site(tmp_path / "site", database_url=postgres.url()).prepare()
        site.close()
        port = free_port()
        command = [sys.executable, "-m", "gunicorn", "--config", "deploy/gunicorn.conf.py", "--workers", "1"]
        command += ["--bind", f"127.0.0.1:{port}"]

        def ask(_: int = 0) -> int:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/count/", timeout=20) as answer:
                    return int(answer.status)
            except urllib.error.HTTPError as refusal:
                return refusal.code
            except OSError:
                return 0

        def all_at_once() -> set[int]:
            with ThreadPoolExecutor(AT_ONCE) as people:
                return set(people.map(ask, range(8 * AT_ONCE)))

        def connections() -> int:
            who = "SELECT count(*) FROM pg_stat_activity WHERE datname = 'wbcweb' AND pid <> pg_backend_pid()"
            return int(site.query(who)[0][0])

        with running(command, log=site.log, env=site.env, cwd=ROOT):
            wait_for(lambda: ask() == 200, seconds=60, because=site.words)
            assert all_at_once() == {200}, site.words()
            kept = connections()
            assert kept > 1, "without kept connections this test shows nothing"
            for how in (signal.SIGINT, signal.SIGQUIT):
                postgres.restart(how)
                assert connections() == 0
                assert all_at_once() == {200}, site.words()
