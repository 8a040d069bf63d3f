"""Many reviewers at once (A, B, C): locust in a process of its own against a site of its own."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import site_of_its_own
from machine_use import Use, Watch
from site_of_its_own import ROOT, Site

_SPAWN_S = 10.0
# It tells its progress every hundred steps: half a minute on a quiet machine, and far more on a busy one.
_TRAINING_BEGINS_S = 900.0
CELLS_PER_SLIDE = 200


@dataclass(frozen=True)
class Scenario:
    """Who works for how long, on what, and what is asked of the answers."""

    letter: str
    words: str
    people: int
    database: str
    p95_ms: float | None
    training: bool = False


SCENARIOS = (
    Scenario("A", "100 reviewers, PostgreSQL and gunicorn", 100, "postgres", 200.0),
    Scenario("B", "20 reviewers, SQLite, beside a training", 20, "sqlite", 300.0, training=True),
    Scenario("C", "200 reviewers, PostgreSQL and gunicorn", 200, "postgres", None),
)


@dataclass
class Held:
    """What became of one scenario; times in milliseconds by kind of request."""

    scenario: Scenario
    minutes: float
    seconds: float
    times: dict[str, list[float]]
    errors: dict[str, int]
    accepted: int
    lost: int
    rows: int
    use: Use
    training: str = ""

    @property
    def requests(self) -> int:
        """Return how many answers there were."""
        return sum(len(values) for values in self.times.values())

    @property
    def p95(self) -> float:
        """Return the 95th percentile over all requests."""
        return float(np.percentile([ms for values in self.times.values() for ms in values], 95))

    @property
    def met(self) -> bool:
        """Say whether nothing was lost, and no answer wrong or too late where that was asked."""
        whole = self.lost == 0 and self.rows == self.accepted
        if self.scenario.p95_ms is None:
            return whole
        return whole and not self.errors and self.p95 <= self.scenario.p95_ms


def hold(scenario: Scenario, *, minutes: float) -> Held:
    """Run one scenario."""
    slides = scenario.people * max(1, round(minutes * 60 / 2 / CELLS_PER_SLIDE + 0.6))
    seed = [
        "--slides",
        slides,
        "--fields",
        "4",
        "--cells",
        CELLS_PER_SLIDE // 4,
        "--reviewers",
        scenario.people,
    ]
    with contextlib.ExitStack() as stack:
        environment = {}
        if scenario.training:
            environment["DJANGO_SETTINGS_MODULE"] = "bench.load.training.settings"
        site = stack.enter_context(
            site_of_its_own.running(
                database=scenario.database,
                seed=[*map(str, seed), "--pictures"],
                worker=scenario.training,
                environment=environment,
            )
        )
        training = stack.enter_context(_training(site)) if scenario.training else []
        before = site.query("LabelEvent.objects.count()")
        with Watch() as watch:
            told = _locust(site, scenario.people, minutes)
        rows = site.query("LabelEvent.objects.count()") - before
        found = set(
            site.query(
                "list(LabelEvent.objects.exclude(idempotency_key=None).values_list('idempotency_key', flat=True))"
            )
        )
        times: defaultdict[str, list[float]] = defaultdict(list)
        errors: defaultdict[str, int] = defaultdict(int)
        for name, ms, problem in told["requests"]:
            times[name].append(ms)
            if problem:
                errors[f"{name}: {problem}"] += 1
        return Held(
            scenario=scenario,
            minutes=minutes,
            seconds=told["seconds"],
            times=dict(times),
            errors=dict(errors),
            accepted=len(told["accepted"]),
            lost=len(set(told["accepted"]) - found),
            rows=rows,
            use=watch.use,
            training="; ".join(training),
        )


def _locust(site: Site, people: int, minutes: float) -> dict[str, object]:
    """Let people work and return what `reviewers.py` wrote down."""
    out, seed = site.folder / "locust.json", site.folder / "seed.json"
    seed.write_text(json.dumps(site.seed), encoding="utf-8")
    environment = {
        **os.environ,
        "LOAD_SEED": str(seed),
        "LOAD_OUT": str(out),
        "LOAD_PEOPLE": str(people),
    }
    command = [
        *(sys.executable, "-m", "locust", "--headless", "--only-summary", "--loglevel", "WARNING"),
        *("--locustfile", str(Path(__file__).with_name("reviewers.py")), "--host", site.url),
        *("--users", str(people), "--spawn-rate", str(max(1, people / _SPAWN_S))),
        # The clock of locust begins with the first person; the spawning is no part of the minutes asked for.
        *(
            "--run-time",
            f"{round(minutes * 60 + _SPAWN_S)}s",
            "--stop-timeout",
            "30",
            "--exit-code-on-error",
            "0",
        ),
    ]
    log = site.folder / "locust.log"
    with log.open("wb") as stream:
        done = subprocess.run(command, cwd=ROOT, env=environment, stdout=stream, stderr=stream, check=False)
    if done.returncode != 0 or not out.exists():
        raise RuntimeError(f"locust failed: {log.read_text(encoding='utf-8')[-3000:]}")
    found: dict[str, object] = json.loads(out.read_text(encoding="utf-8"))
    return found


@contextlib.contextmanager
def _training(site: Site) -> Iterator[list[str]]:
    """Have a real training run in the worker's long lane while the block runs; yields words on how it went."""
    words: list[str] = []
    site.manage("load_training", "--start", str(site.folder / "train"))
    deadline = time.monotonic() + _TRAINING_BEGINS_S
    while site.query(
        "list(Job.objects.filter(kind='load-training', progress_done__gt=0).values_list('state'))"
    ) != [["running"]]:
        if time.monotonic() > deadline:
            raise TimeoutError("The training did not begin.")
        time.sleep(1.0)
    steps = "Job.objects.get(kind='load-training').progress_done"
    before, began = site.query(steps), time.monotonic()
    yield words
    done = site.query(steps) - before
    words.append(
        f"the training made {done} steps meanwhile, {done / (time.monotonic() - began):.1f} a second"
    )
    site.manage("load_training", "--stop")
