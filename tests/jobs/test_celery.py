"""A smoke test of the other way to be woken: Celery workers on a real Redis. The ledger is the same."""

import collections
import signal
import subprocess
import sys
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from apps.jobs import kinds
from apps.jobs.celery_worker import settings_problems
from tests.jobs.site import ROOT, Site
from tests.kits.processes import end, running, wait_for
from tests.kits.redis import RedisKit, private_redis

real = [pytest.mark.redis, pytest.mark.processes, pytest.mark.slow]


@pytest.fixture
def redis(tmp_path: Path) -> RedisKit:
    return private_redis(tmp_path / "redis")


@pytest.fixture
def celery_site(site: Site, redis: RedisKit) -> Site:
    site.redis_url = redis.url
    return site


def celery_worker(
    site: Site, queues: str, name: str, *options: str
) -> AbstractContextManager["subprocess.Popen[bytes]"]:
    command = [
        sys.executable,
        "-m",
        "celery",
        "-A",
        "wbcweb",
        "worker",
        "-Q",
        queues,
        "-n",
        f"{name}@here",
        "-l",
        "warning",
    ]
    return running([*command, *options], log=site.log, env=site.env, cwd=ROOT)


class TestOnRedis:
    pytestmark = real

    def test_jobs_are_done_once_and_a_lost_message_is_sent_again(
        self, celery_site: Site, redis: RedisKit
    ) -> None:
        site = celery_site
        # The broker is not there yet: asking works all the same, the messages are simply lost.
        early = site.submit("test-quick", 3)
        site.close()  # who met a dead broker leaves it alone for a while; this is another process then
        with ExitStack() as stack:
            stack.enter_context(redis.up())
            stack.enter_context(celery_worker(site, "default,gpu-short,gpu-long", "any", "-c", "1"))
            [long] = site.submit("test-long", seconds=1.5)
            jobs = site.submit("test-quick", 20, seconds=0.01)
            wait_for(
                lambda: {site.state(job) for job in jobs} == {"succeeded"}, seconds=60, because=site.words
            )
            site.until(long, "succeeded", seconds=60)
            assert {site.state(job) for job in early} == {"queued"}
            # Two reapers at once, as somebody will start one day.
            stack.enter_context(site.manage("reaper"))
            stack.enter_context(site.manage("reaper"))
            wait_for(
                lambda: {site.state(job) for job in early} == {"succeeded"}, seconds=60, because=site.words
            )
        marks = collections.Counter(row[0] for row in site.effects())
        assert marks == dict.fromkeys([*early, *jobs, long], 1)
        assert {row[0] for row in site.query("SELECT attempt FROM jobs_job")} == {1}

    def test_cancel_and_an_orderly_stop_reach_a_running_task(
        self, celery_site: Site, redis: RedisKit
    ) -> None:
        site = celery_site
        with redis.up():
            with celery_worker(site, "default,gpu-short", "short", "-c", "1") as worker:
                [cancelled] = site.submit("test-steady", seconds=60)
                site.until(cancelled, "running")
                site.cancel(cancelled)
                site.until(cancelled, "cancelled")
                [stopped] = site.submit("test-steady", seconds=60)
                site.until(stopped, "running")
                assert end(worker, seconds=60) == 0
            assert site.state(stopped) == "queued", site.words()
            with (
                site.manage("reaper"),
                celery_worker(site, "default,gpu-short", "short", "-c", "1") as worker,
            ):
                site.until(stopped, "running")
                # The quick way out, as a second Ctrl+C or an impatient container would take.
                worker.send_signal(signal.SIGQUIT)
                wait_for(lambda: worker.poll() is not None, seconds=60, because=site.words)
                site.until(stopped, "queued")
        assert [outcome for _, outcome, _ in site.attempts(stopped)] == ["released", "released"]
        assert site.column(stopped, "failures") == 0
        assert site.effects() == []

    def test_a_worker_with_wrong_settings_does_not_start(self, celery_site: Site, redis: RedisKit) -> None:
        site = celery_site
        with redis.up(), celery_worker(site, "default", "wrong", "-c", "4", "-P", "threads") as worker:
            wait_for(lambda: worker.poll() is not None, seconds=60, because=site.words)
            assert end(worker) != 0
        said = site.words()
        assert "This worker does not start." in said
        for sentence in ("must be prefork", "concurrency must be 1"):
            assert sentence in said


def test_the_embedded_worker_refuses_to_run_beside_a_broker(tmp_path: Path) -> None:
    site = Site(tmp_path, redis_url="redis://127.0.0.1:1/0")
    done = subprocess.run(
        [sys.executable, "manage.py", "worker"],
        env=site.env,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "Celery workers do the work" in done.stderr


def test_without_a_broker_there_is_no_celery_application(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import wbcweb.celery"],
        env=Site(tmp_path).env,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "WBCWEB_REDIS_URL is not set" in done.stderr


def worker_like(**changes: Any) -> Any:
    conf = {
        "broker_transport_options": {"visibility_timeout": 7 * 24 * 3600},
        "task_acks_late": True,
        "task_reject_on_worker_lost": True,
        "result_backend": None,
    }
    worker = {
        "pool_cls": "celery.concurrency.prefork:TaskPool",
        "concurrency": 1,
        "prefetch_multiplier": 1,
        "time_limit": None,
        "soft_time_limit": None,
        "queues": {"default": None},
    }
    queues = changes.pop("queues", worker.pop("queues"))
    for name, value in changes.items():
        (conf if name in conf else worker)[name] = value
    app = SimpleNamespace(
        conf=SimpleNamespace(**conf), amqp=SimpleNamespace(queues=SimpleNamespace(consume_from=queues))
    )
    return SimpleNamespace(app=app, **worker)


def test_right_settings_have_no_problems() -> None:
    assert settings_problems(worker_like()) == []


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"pool_cls": "celery.concurrency.solo:TaskPool"}, "prefork"),
        ({"concurrency": 2}, "concurrency"),
        ({"prefetch_multiplier": 4}, "prefetch"),
        ({"task_acks_late": False}, "acknowledged late"),
        ({"task_reject_on_worker_lost": False}, "lost processes"),
        ({"result_backend": "redis://"}, "result backend"),
        ({"broker_transport_options": {}}, "visibility timeout (3600 s)"),
        ({"time_limit": 60}, "time limits"),
        ({"queues": {"celery": None}}, "queues"),
    ],
)
def test_each_wrong_setting_has_its_sentence(change: dict[str, Any], says: str) -> None:
    [sentence] = settings_problems(worker_like(**change))
    assert says in sentence


def test_the_visibility_timeout_is_measured_by_the_longest_kind() -> None:
    longest = max(kind.wall_clock_s for kind in kinds.all_kinds())
    assert (
        settings_problems(worker_like(broker_transport_options={"visibility_timeout": 2 * longest + 1})) == []
    )
    assert settings_problems(worker_like(broker_transport_options={"visibility_timeout": 2 * longest})) != []
