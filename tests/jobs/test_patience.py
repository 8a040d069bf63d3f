"""A database that is away for a while is no fault of the jobs that run: workers wait, and nothing counts twice."""

import threading
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import InterfaceError, InternalError, OperationalError, connection

from apps.jobs import claim as claiming
from apps.jobs import clock, context, execution, finish, heartbeat, patience, reap, reaper, supervision
from apps.jobs.context import JobContext
from apps.jobs.errors import JobFailed
from apps.jobs.execution import execute
from apps.jobs.models import Job, Outcome
from apps.jobs.patience import insist
from apps.jobs.stopping import StopFlag
from tests.jobs import work
from tests.jobs.conftest import expire, submit, take

pytestmark = pytest.mark.django_db(transaction=True)


class Database:
    """Lets an act fail a number of times, before or after it was done, while the database is away or is not."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.away = False
        self.looks = 0
        self.back_after = 0
        monkeypatch.setattr(patience, "_answers", self.answers)
        monkeypatch.setattr(patience, "_FIRST_PAUSE_S", 0.0)
        monkeypatch.setattr(patience, "_LONGEST_PAUSE_S", 0.0)

    def answers(self) -> bool:
        self.looks += 1
        if self.looks >= self.back_after:
            self.away = False
        return not self.away

    def goes_away(self, looks: int) -> None:
        self.away, self.looks, self.back_after = True, 0, looks

    def failing(self, act: Callable[..., Any], *, after: bool, times: int = 1) -> Callable[..., Any]:
        left = [times]

        def acting(*args: Any, **more: Any) -> Any:
            if left[0] and not after:
                left[0] -= 1
                raise OperationalError("server closed the connection unexpectedly")
            answer = act(*args, **more)
            if left[0]:
                left[0] -= 1
                raise InterfaceError("connection already closed")
            return answer

        return acting


@pytest.fixture
def database(monkeypatch: pytest.MonkeyPatch) -> Database:
    return Database(monkeypatch)


@pytest.mark.parametrize("error", [OperationalError, InterfaceError, InternalError])
def test_an_act_is_repeated_while_the_database_is_away(database: Database, error: type[Exception]) -> None:
    database.goes_away(looks=40)
    waits: list[int] = []
    errors = iter([error] * 40)

    def act() -> str:
        for problem in errors:
            raise problem
        return "done"

    assert insist(act, meanwhile=lambda: waits.append(1)) == "done"
    assert len(waits) == 40


def test_an_error_of_a_database_that_answers_goes_through_after_three_tries(database: Database) -> None:
    tries: list[int] = []

    def spoiled() -> None:
        tries.append(1)
        raise OperationalError("no such column")

    with pytest.raises(OperationalError):
        insist(spoiled)
    assert len(tries) == 3


def test_a_process_that_is_to_end_does_not_wait_for_the_database(database: Database) -> None:
    database.goes_away(looks=10_000)
    shutdown = threading.Event()
    shutdown.set()
    with pytest.raises(OperationalError):
        insist(database.failing(lambda: None, after=False, times=9), shutdown=shutdown)


@pytest.mark.django_db(transaction=False)
def test_inside_a_transaction_there_is_one_try(database: Database) -> None:
    tries: list[int] = []

    def spoiled() -> None:
        tries.append(1)
        raise OperationalError

    assert connection.in_atomic_block
    with pytest.raises(OperationalError):
        insist(spoiled)
    assert len(tries) == 1


def test_whether_the_database_answers_is_found_out_by_asking_it() -> None:
    assert patience._answers()


@pytest.mark.parametrize("after", [False, True], ids=["before it", "after it"])
@pytest.mark.parametrize("where", ["claim", "JobContext", "succeed", "progress"])
def test_a_connection_lost_at_any_word_costs_no_attempt_and_doubles_nothing(
    database: Database, effects: None, monkeypatch: pytest.MonkeyPatch, where: str, *, after: bool
) -> None:
    job = submit("test-steady", work.Plain(seconds=0.05))
    database.goes_away(looks=3)
    if where == "succeed":
        monkeypatch.setattr(finish, "succeed", database.failing(finish.succeed, after=after))
    elif where == "progress":
        monkeypatch.setattr(context, "write", database.failing(context.write, after=after, times=2))
    else:
        monkeypatch.setattr(execution, where, database.failing(getattr(execution, where), after=after))
    assert execute(job.pk, 0, worker="w") is Outcome.SUCCEEDED
    job.refresh_from_db()
    assert (job.state, job.attempt, job.failures) == ("succeeded", 1, 0)
    assert [number for number, _ in work.effects_of(job.public_id)] == [1]
    assert [attempt.outcome for attempt in job.attempts.all()] == ["succeeded"]


def test_a_claim_whose_answer_got_lost_is_taken_up_and_nobody_elses_is() -> None:
    job = submit()
    held = take(job)
    again = claiming.claim(job_id=job.pk, attempt=0, worker="worker-a", token=held.token)
    assert again == held
    assert job.attempts.count() == 1
    assert claiming.claim(job_id=job.pk, attempt=0, worker="w", token=job.public_id) is None


def test_the_end_of_an_attempt_that_failed_is_written_when_the_database_is_back(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = submit("test-broken", work.Plain(note="failed"))
    database.goes_away(looks=5)
    monkeypatch.setattr(finish, "fail", database.failing(finish.fail, after=False, times=5))
    assert execute(job.pk, 0, worker="w") is Outcome.FAILED
    job.refresh_from_db()
    assert (job.state, job.error) == ("failed", "The slide is empty.")


def test_a_handler_that_meets_the_outage_itself_is_tried_again_and_told_why(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unlucky(ctx: JobContext, params: work.Plain) -> None:
        raise OperationalError("terminating connection due to administrator command")

    monkeypatch.setattr(work, "quick", unlucky)
    job = submit("test-quick")
    assert execute(job.pk, 0, worker="w") is Outcome.FAILED
    job.refresh_from_db()
    assert (job.state, job.failures) == ("queued", 1)
    assert job.error == "The database did not answer while this was worked on."


def test_a_heartbeat_bears_any_silence_and_renews_the_lease_at_once(
    monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.JOBS_TIMES = {}
    job = submit()
    held, stop = take(job), StopFlag()
    beat = heartbeat.Heartbeat(held, stop)
    now = [time.monotonic()]
    monkeypatch.setattr(heartbeat.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(heartbeat.connections, "close_all", lambda: None)
    with monkeypatch.context() as outage:
        outage.setattr(heartbeat, "beat", lambda _: (_ for _ in ()).throw(OperationalError))
        for _ in range(20):
            now[0] += 60
            beat._look()
    expire(job)
    assert stop.reason is None
    beat._look()
    assert stop.reason is None
    assert Job.objects.filter(pk=job.pk, lease_expires_at__gt=clock.ahead(80)).exists()


class Clocks:
    """The clocks of the database and of the reaper's process, which usually agree."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.own = 1000.0
        self.database = clock_start = reap.database_now()
        self._start = clock_start
        monkeypatch.setattr(reap, "time", SimpleNamespace(monotonic=lambda: self.own))
        monkeypatch.setattr(reap, "database_now", lambda: self.database)

    def pass_(self, seconds: float, *, database: float | None = None) -> None:
        self.own += seconds
        self.database += reap.dt.timedelta(seconds=seconds if database is None else database)


@pytest.fixture
def watching(monkeypatch: pytest.MonkeyPatch, settings: Any) -> tuple[reap.Watch, Clocks]:
    settings.JOBS_TIMES = {}
    return reap.Watch(), Clocks(monkeypatch)


def rounds(watch: reap.Watch, clocks: Clocks, count: int) -> None:
    for _ in range(count):
        watch.round_begins()
        clocks.pass_(1.0)
        watch.round_ends()
        clocks.pass_(5.0)


def test_a_reaper_judges_leases_after_two_beats_of_watching(watching: tuple[reap.Watch, Clocks]) -> None:
    watch, clocks = watching
    assert not watch.may_judge()
    rounds(watch, clocks, 9)
    assert not watch.may_judge()
    rounds(watch, clocks, 2)
    assert watch.may_judge()


@pytest.mark.parametrize(
    "what",
    [
        lambda watch, clocks: watch.was_broken(),
        lambda watch, clocks: clocks.pass_(0, database=3600),
        lambda watch, clocks: clocks.pass_(0, database=-3600),
        lambda watch, clocks: clocks.pass_(600),
    ],
    ids=[
        "the database was away",
        "the computer slept",
        "its clock was set back",
        "all processes stood still",
    ],
)
def test_after_what_kept_workers_from_renewing_it_watches_anew(
    watching: tuple[reap.Watch, Clocks], what: Callable[[reap.Watch, Clocks], None]
) -> None:
    watch, clocks = watching
    rounds(watch, clocks, 12)
    assert watch.may_judge()
    what(watch, clocks)
    watch.round_begins()
    assert not watch.may_judge()
    rounds(watch, clocks, 12)
    assert watch.may_judge()


def test_the_reaper_takes_expired_leases_only_when_it_may_judge_them(monkeypatch: pytest.MonkeyPatch) -> None:
    job = submit()
    take(job, worker="elsewhere")
    expire(job)
    mine = reaper.Reaper()
    monkeypatch.setattr(reaper.connections, "close_all", lambda: None)
    mine.tick()
    assert Job.objects.get(pk=job.pk).state == "running"
    mine._watch._since = time.monotonic() - 1000
    monkeypatch.setattr(mine._entry, "say_alive", lambda: (_ for _ in ()).throw(OperationalError))
    mine.tick()
    assert Job.objects.get(pk=job.pk).state == "running"
    monkeypatch.undo()
    mine.tick()
    mine._watch._since = time.monotonic() - 1000
    mine.tick()
    assert Job.objects.get(pk=job.pk).state == "queued"


def test_a_lease_of_a_clock_that_was_set_back_is_cut(settings: Any) -> None:
    settings.JOBS_TIMES = {}
    job = submit()
    take(job)
    assert reap.shorten_leases() == 0
    Job.objects.filter(pk=job.pk).update(lease_expires_at=clock.ahead(24 * 3600))
    assert reap.shorten_leases() == 1
    assert Job.objects.filter(pk=job.pk, lease_expires_at__lt=clock.ahead(91)).exists()


def test_the_silence_of_a_child_is_not_counted_while_the_database_is_away(
    monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.JOBS_TIMES = {}
    job = submit("test-long-deaf")
    held = take(job)
    now = [1000.0]
    monkeypatch.setattr(supervision, "time", SimpleNamespace(monotonic=lambda: now[0]))
    monkeypatch.setattr(supervision.connection, "close", lambda: None)
    watch = supervision._Watch(held, SimpleNamespace(pid=-1), threading.Event())  # type: ignore[arg-type]
    monkeypatch.setattr(watch, "_terminate", lambda why: None)
    watch._row_step()
    with monkeypatch.context() as outage:
        outage.setattr(watch, "_row", lambda: (_ for _ in ()).throw(OperationalError))
        for _ in range(10):
            now[0] += 1.0  # the kind allows 1.5 s of silence
            watch._row_step()
    now[0] += 1.0
    # The clock of the database jumped as well: the computer slept.
    Job.objects.filter(pk=job.pk).update(started_at=clock.ahead(-3600))
    watch._row_step()
    assert Job.objects.get(pk=job.pk).state == "running"
    now[0] += 1.0
    watch._row_step()
    row = Job.objects.get(pk=job.pk)
    assert (row.state, row.error) == ("failed", "It made no progress for 2 s, and was stopped.")


def test_the_lease_of_a_child_that_is_slow_to_start_is_kept_by_its_parent(
    monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.JOBS_TIMES = {}
    job = submit("test-long")
    held = take(job)
    now = [1000.0]
    monkeypatch.setattr(supervision, "time", SimpleNamespace(monotonic=lambda: now[0]))
    watch = supervision._Watch(held, SimpleNamespace(pid=-1), threading.Event())  # type: ignore[arg-type]
    expire(job)
    watch._row_step()
    assert not Job.objects.filter(pk=job.pk, lease_expires_at__gt=clock.now()).exists()
    now[0] += 30.0
    watch._row_step()
    assert Job.objects.filter(pk=job.pk, lease_expires_at__gt=clock.ahead(80)).exists()


def test_an_effect_that_advances_the_work_forgets_the_failures_before_it(effects: None) -> None:
    job = submit("test-stepwise")
    finish.fail(take(job), message="Once.", log="", retry=True)
    Job.objects.filter(pk=job.pk).update(not_before=None)
    ctx = JobContext(take(job), StopFlag())
    with ctx.transaction():
        work.mark(ctx)
    assert Job.objects.get(pk=job.pk).failures == 1
    with ctx.transaction(advances=True):
        work.mark(ctx)
    assert Job.objects.get(pk=job.pk).failures == 0
    with pytest.raises(JobFailed), ctx.transaction(advances=True):
        raise JobFailed("No.")
