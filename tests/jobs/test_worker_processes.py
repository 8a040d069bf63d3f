"""Real worker processes on SQLite, some of them killed, stopped, or driven into a wall."""

import os
import signal
from datetime import datetime
from pathlib import Path

import pytest

from tests.jobs.site import Site
from tests.kits.processes import children_of, end, wait_for

pytestmark = [pytest.mark.processes, pytest.mark.slow]


def waits(site: Site, jobs: list[str]) -> list[float]:
    """Return the seconds from asking to beginning."""
    pairs = [(site.column(job, "created_at"), site.column(job, "started_at")) for job in jobs]
    return [
        (datetime.fromisoformat(began) - datetime.fromisoformat(asked)).total_seconds()
        for asked, began in pairs
    ]


def test_a_stopped_worker_that_wakes_is_refused_and_goes_on(site: Site) -> None:
    site.times = {"lease": 2.0, "beat": 0.5}
    [job] = site.submit("test-steady", seconds=3)
    with site.worker() as zombie:
        site.until(job, "running")
        os.kill(zombie.pid, signal.SIGSTOP)
        with site.worker():
            site.until(job, "succeeded", seconds=60)
            os.kill(zombie.pid, signal.SIGCONT)
            [later] = site.submit("test-quick")
            site.until(later, "succeeded")
            wait_for(lambda: not site.media(job, 1).exists(), seconds=60, because=site.words)
        [again] = site.submit("test-quick")
        site.until(again, "succeeded")
        assert zombie.poll() is None
    assert [outcome for _, outcome, _ in site.attempts(job)] == ["lost", "succeeded"]
    assert [row[1] for row in site.effects(job)] == [2]
    assert (site.media(job, 2) / "out.txt").read_text() == "complete"


def test_a_poison_job_fails_after_its_attempts_and_spares_the_others(site: Site) -> None:
    [poison] = site.submit("test-poison")
    others = site.submit("test-quick", 5)
    starts = 0
    while site.state(poison) != "failed" or site.left():
        starts += 1
        assert starts <= 6, site.words()
        with site.worker() as worker:
            wait_for(
                lambda w=worker: w.poll() is not None or site.left() == 0, seconds=60, because=site.words
            )
    assert [outcome for _, outcome, _ in site.attempts(poison)] == ["crashed"] * 3
    assert "ended unexpectedly, 3 times" in site.column(poison, "error")
    assert {site.state(job) for job in others} == {"succeeded"}
    assert site.effects(poison) == []


def test_cancel_before_start_and_while_running(site: Site) -> None:
    [early] = site.submit("test-quick")
    assert site.cancel(early) == "cancelled"
    [running] = site.submit("test-steady", seconds=60)
    [polling] = site.submit("test-polling", seconds=60)
    with site.worker():
        for job in (running, polling):
            site.until(job, "running")
            assert site.cancel(job) == "running"
            assert site.until(job, "cancelled") == "cancelled"
    assert site.effects() == []
    assert site.attempts(early) == []
    assert [outcome for _, outcome, _ in site.attempts(running)] == ["cancelled"]


def test_short_jobs_start_at_once_when_idle_and_while_a_long_job_runs(site: Site) -> None:
    with site.worker() as worker:
        [warm_up] = site.submit("test-quick")
        site.until(warm_up, "succeeded")
        maps = Path(f"/proc/{worker.pid}/maps").read_text()
        assert "libtorch" not in maps
        idle = site.submit("test-quick", 8, pause=0.33)
        site.until(idle[-1], "succeeded")
        [long] = site.submit("test-long", seconds=8)
        site.until(long, "running")
        wait_for(lambda: site.column(long, "progress_done"), seconds=60, because=site.words)
        busy = site.submit("test-quick", 5, pause=0.3)
        site.until(busy[-1], "succeeded")
        assert site.state(long) == "running"
        site.until(long, "succeeded")
    assert sorted(waits(site, idle))[4] < 0.3, waits(site, idle)
    assert max(waits(site, idle)) < 1.0, waits(site, idle)
    assert max(waits(site, busy)) < 1.0, waits(site, busy)
    [(_, _, note)] = site.effects(long)
    facts = dict(part.split("=") for part in note.split())
    assert int(facts["pid"]) != worker.pid
    assert int(facts["nice"]) >= 10
    assert int(facts["omp"]) == max(1, len(os.sched_getaffinity(0)) - 1)


def test_an_orderly_stop_gives_jobs_back_without_counting_a_failure(site: Site) -> None:
    [short] = site.submit("test-steady", seconds=60)
    [long] = site.submit("test-long", seconds=60)
    with site.worker() as worker:
        site.until(short, "running")
        site.until(long, "running")
        wait_for(lambda: site.column(long, "progress_done"), seconds=60, because=site.words)
        children = children_of(worker.pid)
        assert children
        assert end(worker, seconds=60) == 0
    for job in (short, long):
        assert (site.state(job), site.column(job, "failures")) == ("queued", 0)
        assert [outcome for _, outcome, _ in site.attempts(job)] == ["released"]
    assert not any(Path(f"/proc/{child}").exists() for child in children)
    with site.worker():
        for job in (short, long):
            site.until(job, "running")
            site.cancel(job)
            site.until(job, "cancelled")
    assert site.effects() == []


def test_the_child_of_a_killed_worker_ends_and_its_job_goes_on(site: Site) -> None:
    [long] = site.submit("test-long", seconds=3)
    with site.worker() as worker:
        site.until(long, "running")
        wait_for(lambda: site.column(long, "progress_done"), seconds=60, because=site.words)
        children = children_of(worker.pid)
        worker.kill()
        worker.wait()
        wait_for(lambda: not any(Path(f"/proc/{child}").exists() for child in children), seconds=60)
    with site.worker():
        site.until(long, "succeeded")
        # The log of the child comes out where its worker's does, and says whose it is.
        told = f"job={long} attempt=2] Ended: succeeded"
        wait_for(lambda: told in site.log.read_text(), seconds=30, because=site.words)
    assert [row[1] for row in site.effects(long)] == [2]


def test_a_long_job_that_dies_leaves_its_last_words_to_the_administrator(site: Site) -> None:
    [poison] = site.submit("test-long-poison")
    with site.worker() as worker:
        site.until(poison, "failed")
        assert worker.poll() is None
    attempts = site.attempts(poison)
    assert [outcome for _, outcome, _ in attempts] == ["crashed", "crashed"]
    assert "about to die" in attempts[0][2]
    assert "SIGKILL" in attempts[0][2]
    assert "memory ran out" in site.column(poison, "error")


def test_limits_and_cancel_hold_also_for_handlers_that_do_not_listen(site: Site) -> None:
    [silent] = site.submit("test-long-deaf", seconds=60)
    [stuck] = site.submit("test-deaf", seconds=60)
    with site.worker() as worker:
        site.until(stuck, "failed", seconds=60)
        site.until(silent, "failed", seconds=60)
        assert "longer than" in site.column(stuck, "error")
        assert "no progress" in site.column(silent, "error")
        # The stuck handler cannot be ended, so the worker starts anew in place, and works again.
        [after] = site.submit("test-quick")
        site.until(after, "succeeded", seconds=60)
        assert worker.poll() is None
        [deaf] = site.submit("test-long-stubborn", seconds=60, note="ignore-term")
        site.until(deaf, "running")
        site.cancel(deaf)
        assert site.until(deaf, "cancelled", "failed", seconds=60) == "cancelled"
        wait_for(lambda: not children_of(worker.pid), seconds=60, because=site.words)
    assert {row[0] for row in site.effects()} == {after}
