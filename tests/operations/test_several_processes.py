"""Figures of a server with several processes, and what becomes of them when it ends."""

import os
import signal
from pathlib import Path

import pytest

from tests.kits.processes import wait_for
from tests.operations.site import Site
from tests.operations.test_probes import sample

pytestmark = [pytest.mark.processes, pytest.mark.slow]

HELP = {"method": "GET", "route": "help/", "status": "200"}


def counted(site: Site) -> float:
    return sample(site.ask("/metrics").text, "wbcweb_http_requests_total", **HELP) or 0.0


def children(pid: int) -> list[int]:
    return [
        int(child)
        for task in Path(f"/proc/{pid}/task").glob("*/children")
        for child in task.read_text().split()
    ]


def test_whichever_process_is_asked_answers_for_all_and_a_killed_one_is_not_forgotten(site: Site) -> None:
    with site.served(workers=2, threads=2) as server:
        for _ in range(20):
            assert site.ask("/help/").status == 200
        assert {counted(site) for _ in range(8)} == {20.0}
        victims = children(server.pid)
        assert len(victims) == 2
        os.kill(victims[0], signal.SIGKILL)
        wait_for(lambda: set(children(server.pid)) - set(victims), seconds=30, because=site.words)
        for _ in range(10):
            assert site.ask("/help/").status == 200
        assert {counted(site) for _ in range(8)} == {30.0}
    with site.served():
        assert counted(site) == 0.0
