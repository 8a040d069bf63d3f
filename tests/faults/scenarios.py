"""What is done to a site while it works, and what must have become of its jobs all the same."""

import random
import signal
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.faults.crew import Blow, Crew
from tests.faults.stacks import IDLE_IN_TRANSACTION_S, Ground, Stack
from tests.faults.verdict import Verdict, files_left, judge, pid_of, seconds_of
from tests.kits.processes import signal_all, wait_for

SLOW_S = 1.0


@dataclass
class Size:
    """How much of each; the numbers of the full campaign."""

    jobs: int = 500
    kills: int = 5
    flushes: int = 2
    restarts: int = 3
    producers: int = 60
    zombies: int = 5
    poisons: int = 3
    cancels: int = 6
    workers: int = 3
    patience_s: float = 600.0


@dataclass
class Run:
    """One scenario on one site, as it goes on."""

    ground: Ground
    size: Size
    crew: Crew
    asked: Counter[str] = field(default_factory=Counter)
    expected: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)
    endless: int = 0  # jobs that run until they are cancelled, which no waiting ends

    def ask(self, count: int, *, seconds: float = 0.1) -> list[str]:
        """Ask for work of every queue, most of it short; all of it is to be done."""
        long = count // 50 + (not self.expected)  # each starts a process, which costs seconds
        site = self.ground.site
        names = site.submit("fault-long", long, seconds=seconds) if long else []
        names += site.submit("fault-short", max(1, count // 10), seconds=SLOW_S)  # whom a kill can hit
        names += site.submit("fault-short", (count - len(names)) // 2, seconds=seconds)
        names += site.submit("fault-default", count - len(names), seconds=seconds)
        self.expected["succeeded"] += count
        return names

    def left(self) -> int:
        """Return how many jobs have not ended."""
        return self.ground.site.left()

    def wait_until_some_are_done(self, count: int = 5) -> None:
        """Wait until the work has got ahead a little."""
        before = self.left()
        wait_for(
            lambda: self.left() <= max(self.endless, before - count),
            seconds=self.size.patience_s,
            because=self.ground.site.words,
        )

    def wait_until_all_have_ended(self) -> None:
        """Wait until nothing waits or runs."""
        wait_for(lambda: self.left() == 0, seconds=self.size.patience_s, because=self.ground.site.words)

    def in_parts(self, count: int, act: Callable[[int], None], times: int) -> None:
        """Ask for work in so many parts, and act a moment after the work on each has begun."""
        for number in range(times):
            share = count // times + (number < count % times)
            self.ask(share)
            self.wait_until_some_are_done()
            time.sleep(random.uniform(0.0, 0.5))  # noqa: S311 - no secret
            act(number)


Scenario = Callable[[Run], None]


def play(stack: Stack, scenario: Scenario, size: Size) -> Verdict:
    """Do a scenario on a fresh site and judge it."""
    begun = time.monotonic()
    with stack.site() as ground:
        with ground.crew(size.workers) as crew:
            run = Run(ground, size, crew)
            scenario(run)
            run.wait_until_all_have_ended()
        found = judge(ground.site, expected=run.expected, kills=crew.kills)
        ground.site.ask("sweep")
        found.problems += files_left(ground.site)
    found.notes = run.notes
    found.seconds = time.monotonic() - begun
    return found


def killed_workers(run: Run) -> None:
    """Kill -9 workers while they work: all of one, its pool process, its main process, in turn."""
    blows = list(Blow)
    run.in_parts(run.size.jobs, lambda number: _kill(run, blows[number % len(blows)]), run.size.kills)


def _kill(run: Run, blow: Blow) -> None:
    """Kill a worker in the middle of a job, not while it looks for one; any worker when none runs a slow job."""
    site = run.ground.site
    until = time.monotonic() + 20
    while time.monotonic() < until:
        rows = site.query(
            "SELECT worker, params FROM jobs_job WHERE state = 'running' ORDER BY started_at DESC"
        )
        slow = [pid_of(worker) for worker, params in rows if seconds_of(params) >= SLOW_S]
        victim = next((found for found in map(run.crew.find, slow) if found is not None), None)
        if victim is not None:
            run.crew.kill(blow, worker=victim)
            return
        time.sleep(0.05)
    run.crew.kill(blow)


def forgetful_broker(run: Run) -> None:
    """Let Redis forget everything, and kill workers."""
    redis = run.ground.redis
    assert redis is not None
    acts = ["kill", "flush"] * run.size.flushes + ["kill"]
    _deal(run, {"flush": redis.flush, "kill": lambda: _kill(run, Blow.ALL)}, acts)


def _deal(run: Run, ways: dict[str, Callable[[], object]], acts: list[str]) -> None:
    run.in_parts(run.size.jobs, lambda number: ways[acts[number]]() and None, len(acts))
    run.notes.append(", ".join(f"{n} x {act}" for act, n in Counter(acts).items()))


def restarted_broker(run: Run) -> None:
    """Restart Redis in order and by kill -9, with and without what it had written down."""
    redis = run.ground.redis
    assert redis is not None

    def restart(how: signal.Signals, *, forget: bool = False) -> None:
        redis.stop(how)
        if forget:
            for path in redis.folder.glob("appendonlydir/*"):
                path.unlink()
        time.sleep(1.0)
        redis.start()

    ways: dict[str, Callable[[], object]] = {
        "restart": lambda: restart(signal.SIGTERM),
        "kill -9": lambda: restart(signal.SIGKILL),
        "restart with an empty disk": lambda: restart(signal.SIGTERM, forget=True),
    }
    _deal(run, ways, list(ways) + ["restart", "kill -9"][: max(0, run.size.restarts - 3)])


def frozen_broker(run: Run) -> None:
    """Let Redis take connections and answer nothing; asking for work must go on."""
    redis = run.ground.redis
    assert redis is not None
    run.ask(run.size.jobs // 2)
    run.wait_until_some_are_done()
    took = []
    with redis.frozen():
        for _ in range(5):
            answer = run.ground.site.ask("timed", kind="fault-default", params={"seconds": 0.1})
            took.append(answer["seconds"])
        run.expected["succeeded"] += len(took)
        time.sleep(8.0)
    run.notes.append(f"asking took at most {max(took):.1f} s, then {min(took) * 1000:.0f} ms")
    assert max(took) < 10, took
    run.ask(run.size.jobs - run.size.jobs // 2)


def restarted_database(run: Run) -> None:
    """Take the database away while jobs run: for a moment, and for longer than a lease."""
    pids = {worker.pid for worker in run.crew.alive()}
    away = [0.5, 3.0, 1.5 * run.ground.site.times["lease"]][: run.size.restarts]

    def act(number: int) -> None:
        with run.ground.database_away(away[number]):
            pass

    run.in_parts(run.size.jobs, act, len(away))
    run.wait_until_all_have_ended()
    assert {worker.pid for worker in run.crew.alive()} == pids, "a worker had to be started again"
    run.notes.append(f"away for {', '.join(f'{s:g}' for s in away)} s; no worker was restarted")


def frozen_database(run: Run) -> None:
    """Let PostgreSQL take questions and answer nothing, for longer than a lease."""
    postgres = run.ground.postgres
    assert postgres is not None
    pids = {worker.pid for worker in run.crew.alive()}
    run.ask(run.size.jobs // 2)
    run.wait_until_some_are_done()
    lease = run.ground.site.times["lease"]
    with postgres.frozen():
        time.sleep(1.5 * lease)
    run.ask(run.size.jobs - run.size.jobs // 2)
    run.wait_until_all_have_ended()
    assert {worker.pid for worker in run.crew.alive()} == pids, "a worker had to be started again"
    run.notes.append(f"silent for {1.5 * lease:g} s; no worker was restarted")


def dying_producers(run: Run) -> None:
    """Kill each process that asks for work before it sends the message; others before they commit."""
    site = run.ground.site
    site.ask(
        "doomed", kind="fault-default", count=run.size.producers, params={"seconds": 0.02}, committed=True
    )
    run.expected["succeeded"] += run.size.producers
    never = site.ask(
        "doomed", kind="fault-default", count=run.size.producers // 6, params={}, committed=False
    )
    assert all(never)
    run.notes.append(f"{len(never)} more died before their commit and left nothing")


def zombies(run: Run) -> None:
    """Stop a worker past its lease, let another do its job, and wake it."""
    site = run.ground.site
    for _ in range(run.size.zombies):
        [job] = site.submit("fault-short", seconds=1.0)
        run.expected["succeeded"] += 1
        site.until(job, "running")
        zombie = run.crew.of(pid_of(site.column(job, "worker")))
        with run.crew.stopped(zombie):
            wait_for(
                lambda job=job: len(site.attempts(job)) > 1 or site.state(job) == "succeeded",
                seconds=run.size.patience_s,
                because=site.words,
            )
            site.until(job, "succeeded", seconds=run.size.patience_s)
        outcomes = [outcome for _, outcome, _ in site.attempts(job)]
        assert outcomes == ["lost", "succeeded"], outcomes
        # It is refused, takes no harm, and works again.
        run.ask(4)
        run.wait_until_all_have_ended()
        assert zombie.poll() is None
    run.notes.append(f"{run.size.zombies} of {run.size.zombies} zombies refused, all work again")


def zombies_in_the_last_transaction(run: Run) -> None:
    """Stop workers between their effect and the commit, while they hold the row's lock."""
    site = run.ground.site
    # Somebody must be left to do it.
    jobs = site.submit("fault-sleeper", max(1, run.size.workers - 1))
    run.expected["succeeded"] += len(jobs)
    run.ask(20)
    wait_for(
        lambda: {site.state(job) for job in jobs} == {"succeeded"},
        seconds=run.size.patience_s,
        because=site.words,
    )
    first = site.query(
        "SELECT a.worker FROM jobs_attempt a JOIN jobs_job j ON j.id = a.job_id WHERE a.number = 1 AND j.kind = ?",
        ["fault-sleeper"],
    )
    signal_all([pid_of(worker) for (worker,) in first], signal.SIGCONT)
    run.notes.append(f"PostgreSQL ended their sessions after {IDLE_IN_TRANSACTION_S:g} s")
    run.ask(20)
    run.wait_until_all_have_ended()


def poison(run: Run) -> None:
    """Mix in jobs that kill whatever process runs them."""
    site = run.ground.site
    jobs = max(10, run.size.producers)
    poisoned = []
    for part in range(run.size.poisons):
        run.ask(jobs // run.size.poisons)
        poisoned += site.submit("test-poison" if part % 2 == 0 else "test-long-poison", 1)
    run.expected["failed"] += len(poisoned)
    run.wait_until_all_have_ended()
    sentences = {str(site.column(job, "error")) for job in poisoned}
    assert all("ended unexpectedly" in said or "memory ran out" in said for said in sentences), sentences
    run.notes.append(f"{len(poisoned)} failed after their attempts: {' '.join(sorted(sentences))}")


def cancels(run: Run) -> None:
    """Cancel jobs that wait and jobs that run."""
    site = run.ground.site
    half = max(1, run.size.cancels // 2)
    running = []
    for _ in range(half):
        [job] = site.submit("fault-short", seconds=3000)
        site.until(job, "running")
        running.append(job)
        site.cancel(job)
        site.until(job, "cancelled")
    run.ask(max(20, run.size.producers))
    waiting = site.submit("fault-default", half, seconds=3000)
    for job in waiting:
        assert site.cancel(job) == "cancelled"
    run.expected["cancelled"] += half + len(waiting)
    run.wait_until_all_have_ended()
    assert [site.attempts(job) for job in waiting] == [[] for _ in waiting]
    run.notes.append(f"{half} while running, {len(waiting)} before; those never began")


def all_at_once(run: Run) -> None:
    """Kill workers, empty and restart Redis, take the database away, cancel and poison, all in one stream of work."""
    site = run.ground.site
    acts: list[Callable[[], object]] = [lambda blow=blow: _kill(run, blow) for blow in Blow]
    acts += [lambda: _kill(run, Blow.ALL) for _ in range(max(0, run.size.kills - len(acts)))]
    if run.ground.redis is not None:
        redis = run.ground.redis
        acts += [redis.flush] * run.size.flushes
        acts += [lambda: (redis.stop(signal.SIGKILL), redis.start())]

    def away() -> None:
        with run.ground.database_away(1.0):
            pass

    acts.append(away)
    random.shuffle(acts)
    doomed = site.submit("test-poison", 1)
    unwanted = site.submit("fault-default", 2, seconds=3000)
    run.expected["failed"] += len(doomed)
    site.cancel(unwanted[1])
    run.endless = 1
    run.in_parts(run.size.jobs, lambda number: acts[number]() and None, len(acts))
    run.endless = 0
    site.cancel(unwanted[0])
    run.expected["cancelled"] += len(unwanted)
    run.notes.append(f"{len(acts)} blows")


EVERYWHERE: dict[str, Scenario] = {
    "workers killed": killed_workers,
    "database away": restarted_database,
    "producers die": dying_producers,
    "zombies": zombies,
    "poison": poison,
    "cancel": cancels,
    "all at once": all_at_once,
}
WITH_SERVERS: dict[str, Scenario] = {
    **EVERYWHERE,
    "Redis emptied": forgetful_broker,
    "Redis restarted": restarted_broker,
    "Redis silent": frozen_broker,
    "database silent": frozen_database,
    "zombies holding a lock": zombies_in_the_last_transaction,
}
