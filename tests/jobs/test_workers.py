"""The list of workers: who is there, what each has and runs, and whether anybody takes the work that waits."""

import json
import subprocess
import sys
from types import SimpleNamespace
from typing import Any

import pytest
from pytest_django import Settings

from apps.jobs import clock, machine, processes, roster, selectors
from apps.jobs.models import Job, Worker, WorkerRole
from apps.jobs.selectors import Presence
from tests.jobs.conftest import submit, take

pytestmark = pytest.mark.django_db


def enter(name: str = "here/1.1/worker", role: WorkerRole = WorkerRole.EMBEDDED, **more: Any) -> roster.Entry:
    queues = more.pop("queues", {"default": 1, "gpu-short": 1, "gpu-long": 1})
    entry = roster.Entry(role, name, queues=queues, **more)
    entry.say_alive()
    return entry


def not_seen_for(name: str, seconds: float) -> None:
    Worker.objects.filter(name=name).update(seen_at=clock.ahead(-seconds))


def test_a_worker_tells_what_it_has(settings: Settings) -> None:
    settings.WBCWEB_DEVICE = "cpu"
    enter(label="gpu-1@lab")
    [worker] = selectors.workers()
    assert (worker.label, worker.role_label, worker.presence) == ("gpu-1@lab", "Worker", Presence.IDLE)
    assert worker.queues == {"default": 1, "gpu-short": 1, "gpu-long": 1}
    assert worker.device.startswith("cpu: ")
    assert worker.device_problem == ""
    assert {"wbcweb", "python", "django", "torch", "torchvision", "numpy"} <= set(worker.versions)
    assert worker.versions["wbcweb"] == settings.WBCWEB_VERSION
    assert worker.seen_ago_s < 5
    assert worker.started_at <= worker.seen_at


def test_saying_it_again_renews_the_line_and_keeps_the_start() -> None:
    entry = enter()
    first = Worker.objects.get()
    entry.say_alive()
    again = Worker.objects.get()
    assert (again.pk, again.started_at) == (first.pk, first.started_at)
    assert again.seen_at >= first.seen_at


def test_what_runs_now_is_told_by_the_jobs_themselves() -> None:
    enter("here/1.1/worker")
    enter("here/7.7/celery-worker", WorkerRole.CELERY, queues={"default": 1, "gpu-long": 1})
    lane, pool = submit("test-quick"), submit("test-long")
    take(lane, worker="here/1.1/worker")
    take(pool, worker="here/8.9/celery/7.7")
    by_name = {worker.name: worker for worker in selectors.workers()}
    assert by_name["here/1.1/worker"].jobs == (lane,)
    assert by_name["here/7.7/celery-worker"].jobs == (pool,)
    assert {worker.presence for worker in by_name.values()} == {Presence.WORKING}


def test_the_process_of_a_pool_is_listed_under_its_worker() -> None:
    name = processes.pool_name()
    assert processes.own_name("x").rpartition("/")[0] in name
    listed = processes.worker_of(name)
    assert listed.endswith(f"/{processes.CELERY}")
    assert not processes.is_gone(listed)
    assert processes.worker_of("here/1.1/worker") == "here/1.1/worker"


def test_who_has_not_been_seen_is_gone_and_swept_after_a_day() -> None:
    enter("fresh")
    enter("silent")
    not_seen_for("silent", 31)
    assert {w.name: w.presence for w in selectors.workers()} == {
        "fresh": Presence.IDLE,
        "silent": Presence.GONE,
    }
    assert roster.sweep() == 0
    not_seen_for("silent", 24 * 3600 + 60)
    assert roster.sweep() == 1
    assert [worker.name for worker in selectors.workers()] == ["fresh"]


def test_a_dead_process_of_this_machine_is_gone_at_once() -> None:
    died = subprocess.Popen([sys.executable, "-c", ""])
    name = processes.own_name("worker").replace(f"/{processes.os.getpid()}.", f"/{died.pid}.")
    died.wait()
    enter(name)
    [worker] = selectors.workers()
    assert (worker.presence, worker.alive) == (Presence.GONE, False)


def test_who_leaves_in_order_is_struck_out_and_comes_back_when_it_speaks_again() -> None:
    entry = enter()
    entry.leave()
    assert selectors.workers() == []
    entry.say_alive()
    assert len(selectors.workers()) == 1
    enter(processes.own_name("worker"))
    enter(processes.own_name("reaper"), WorkerRole.REAPER, queues={})
    roster.leave_all()
    assert [worker.name for worker in selectors.workers()] == ["here/1.1/worker"]


def test_queues_tell_what_waits_and_who_is_free() -> None:
    enter("embedded")
    enter("a/1.1/celery-worker", WorkerRole.CELERY, queues={"default": 1, "gpu-short": 1})
    enter("silent", queues={"gpu-long": 1})
    not_seen_for("silent", 60)
    take(submit("test-steady"), worker="a/2.2/celery/1.1")
    waiting = submit("test-quick")
    Job.objects.filter(pk=waiting.pk).update(created_at=clock.ahead(-40))
    submit("test-quick", not_before=selectors.database_now() + selectors.jobs.dt.timedelta(hours=1))
    by_name = {queue.queue: queue for queue in selectors.queues()}
    default, short, long = (by_name[name] for name in ("default", "gpu-short", "gpu-long"))
    assert (default.waiting, default.running, default.workers, default.idle) == (1, 0, 2, 1)
    assert 39 < default.oldest_wait_s < 60
    # The embedded worker has a lane for each queue; the Celery worker does one job at a time.
    assert (short.waiting, short.running, short.workers, short.idle) == (0, 1, 2, 1)
    assert (long.workers, long.idle, long.oldest_wait_s) == (1, 1, 0.0)


def test_the_lists_cost_the_same_for_one_and_for_many(django_assert_num_queries: Any) -> None:
    for number in range(12):
        enter(f"w{number}")
        take(submit(), worker=f"w{number}")
    now = selectors.database_now()
    with django_assert_num_queries(3):
        found = selectors.workers(now)
        assert len(selectors.queues(found, now)) == 3
    assert all(worker.jobs for worker in found)


def test_without_a_living_reaper_there_is_none() -> None:
    assert selectors.reapers() == 0
    enter("r", WorkerRole.REAPER, queues={})
    assert selectors.reapers() == 1
    not_seen_for("r", 60)
    assert selectors.reapers() == 0


def test_workers_of_different_versions_are_told_apart() -> None:
    for name, torch in (("a", "2.15.0"), ("b", "2.14.1"), ("old", "1.0")):
        enter(name)
        Worker.objects.filter(name=name).update(versions={"torch": torch, "numpy": "2.0"})
    not_seen_for("old", 60)
    assert selectors.differing_versions() == {"torch": ["2.14.1", "2.15.0"]}


class FakeProcess:
    """The process that asks torch, when it has ended."""

    def __init__(self, words: str, code: int = 0) -> None:
        self.words = words
        self.returncode: int | None = None
        self._code = code

    def poll(self) -> int | None:
        return self.returncode


def asked(monkeypatch: pytest.MonkeyPatch, words: str, code: int = 0) -> tuple[machine.Device, FakeProcess]:
    process = FakeProcess(words, code)

    def start(command: list[str], *, stdout: Any, **_: Any) -> FakeProcess:
        assert command[1:4] == ["-m", "ml", "device"]
        stdout.write(words.encode())
        return process

    monkeypatch.setattr(machine, "subprocess", SimpleNamespace(Popen=start, DEVNULL=-3, STDOUT=-2))
    monkeypatch.setattr(machine, "may_accelerate", lambda: True)
    return machine.Device(), process


@pytest.mark.parametrize(
    ("words", "code", "name", "problem"),
    [
        (
            json.dumps({"device": "cuda", "name": "NVIDIA H200", "memory_gib": 139.8, "cuda": "13.0"}),
            0,
            "cuda: NVIDIA H200, 139.8 GiB, CUDA 13.0",
            "",
        ),
        ("a warning of a library\n" + json.dumps({"device": "mps"}), 0, "mps", ""),
        (
            "The device “cuda” does not exist: this machine has no usable CUDA device.",
            1,
            "",
            "does not exist",
        ),
        ("", -9, "", "status -9"),
    ],
    ids=["cuda", "mps", "none there", "killed"],
)
def test_the_device_is_asked_for_in_a_process_of_its_own(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, words: str, code: int, name: str, problem: str
) -> None:
    settings.WBCWEB_DEVICE = "auto" if code == 0 else "cuda"
    device, process = asked(monkeypatch, words, code)
    device.look()
    assert (device.name, device.problem) == ("", "")
    process.returncode = code
    device.look()
    device.look()
    assert device.name == name
    assert problem in device.problem
    assert bool(device.problem) == bool(problem)


def test_a_processor_is_known_without_asking(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.WBCWEB_DEVICE = "auto"
    monkeypatch.setattr(machine, "may_accelerate", lambda: False)
    monkeypatch.setattr(machine, "subprocess", None)
    assert machine.Device().name == machine.processor()
