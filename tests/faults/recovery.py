"""How long it takes until work goes on, with the times of a site instead of those of a test."""

import contextlib
import signal
import time
from collections.abc import Callable

from tests.faults.crew import Blow
from tests.faults.stacks import Ground, Stack
from tests.faults.verdict import pid_of
from tests.kits.processes import wait_for

Recovery = Callable[[Stack], str]


@contextlib.contextmanager
def _as_on_a_site(stack: Stack):
    """Give a ground whose site keeps the usual times."""
    quick, stack.times = stack.times, USUAL
    try:
        with stack.site() as ground:
            yield ground
    finally:
        stack.times = quick


# What tests.jobs.settings changes, changed back.
USUAL = {
    "lease": 90.0,
    "beat": 30.0,
    "watch": 1.0,
    "progress": 1.0,
    "reap": 5.0,
    "cancel_grace": 15.0,
    "stop_grace": 25.0,
    "short_stop_grace": 5.0,
    "kill_grace": 10.0,
    "retry_first": 2.0,
    "resend_first": 60.0,
    "resend_after_refusal": 10.0,
    "stalled": 15.0,
    "worker_fresh": 30.0,
}


def _seconds_until(what: Callable[[], object], ground: Ground) -> float:
    begun = time.monotonic()
    wait_for(lambda: bool(what()), seconds=400, because=ground.site.words)
    return time.monotonic() - begun


def killed(stack: Stack) -> str:
    """Time kill -9 of a worker beside a reaper of its machine."""
    taken = []
    with _as_on_a_site(stack) as ground, ground.crew(2) as crew:
        for _ in range(5):
            [job] = ground.site.submit("fault-short", seconds=3.0)
            ground.site.until(job, "running")
            name = str(ground.site.column(job, "worker"))
            crew.kill(Blow.ALL, worker=crew.of(pid_of(name)))
            taken.append(
                _seconds_until(lambda job=job, name=name: _runs_elsewhere(ground, job, name), ground)
            )
            ground.site.until(job, "succeeded")
    return f"{sorted(taken)[2]:.1f} s, at most {max(taken):.1f} s (n = 5)"


def _runs_elsewhere(ground: Ground, job: str, first: str) -> bool:
    return ground.site.state(job) in {"running", "succeeded"} and ground.site.column(job, "worker") != first


def stopped(stack: Stack) -> str:
    """Time a worker that stands still, as one on a machine that is cut off: only its lease tells."""
    with _as_on_a_site(stack) as ground, ground.crew(2) as crew:
        time.sleep(65)  # a reaper that has just begun watches for two beats first
        [job] = ground.site.submit("fault-short", seconds=3.0)
        ground.site.until(job, "running")
        name = str(ground.site.column(job, "worker"))
        with crew.stopped(crew.of(pid_of(name))):
            taken = _seconds_until(lambda: _runs_elsewhere(ground, job, name), ground)
            ground.site.until(job, "succeeded")
    return f"{taken:.0f} s"


def forgotten(stack: Stack) -> str:
    """Time jobs whose messages Redis has forgotten."""
    with _as_on_a_site(stack) as ground:
        if ground.redis is None:
            return ""
        jobs = ground.site.submit("fault-short", 5, seconds=0.1)
        ground.redis.flush()
        with ground.crew(2):
            taken = _seconds_until(lambda: {ground.site.state(job) for job in jobs} == {"succeeded"}, ground)
    return f"{taken:.0f} s until all five were done"


def restarted_broker(stack: Stack) -> str:
    """Time the first job after a restart of Redis."""
    taken = []
    with _as_on_a_site(stack) as ground:
        if ground.redis is None:
            return ""
        with ground.crew(2):
            [first] = ground.site.submit("fault-short")
            ground.site.until(first, "succeeded")
            for how in (signal.SIGTERM, signal.SIGKILL, signal.SIGTERM):
                ground.redis.stop(how)
                time.sleep(2.0)
                ground.redis.start()
                [job] = ground.site.submit("fault-short")
                taken.append(_seconds_until(lambda job=job: ground.site.state(job) == "succeeded", ground))
    return f"{sorted(taken)[1]:.1f} s, at most {max(taken):.1f} s (n = 3)"


def restarted_database(stack: Stack) -> str:
    """Time the first job after the database was away for three seconds, with workers and reapers as they were."""
    taken = []
    with _as_on_a_site(stack) as ground, ground.crew(2):
        [first] = ground.site.submit("fault-short")
        ground.site.until(first, "succeeded")
        for _ in range(3):
            with ground.database_away(3.0):
                [job] = ground.site.submit("fault-short")
            taken.append(_seconds_until(lambda job=job: ground.site.state(job) == "succeeded", ground))
    return f"{sorted(taken)[1]:.1f} s, at most {max(taken):.1f} s (n = 3)"


RECOVERIES: dict[str, Recovery] = {
    "kill -9 of a worker, until its job runs again": killed,
    "worker cut off or standing still, until its job runs elsewhere": stopped,
    "Redis emptied, until what waited is done": forgotten,
    "Redis restarted, until the next job is done": restarted_broker,
    "database away for 3 s, until the next job is done": restarted_database,
}
