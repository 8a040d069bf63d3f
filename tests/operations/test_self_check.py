"""The self-check: its page, its command, and each line once well and once not."""

import io
import json
import shutil
from datetime import timedelta

import pytest
from django.core.checks import Warning as Problem
from django.core.management import call_command
from django.db import OperationalError, connection
from django.utils import timezone

from apps.core import checks, disk
from apps.core.checks import Check, State
from apps.core.schema_state import SchemaState
from apps.jobs import checks as job_checks
from apps.jobs.models import Appointment, Job, Worker
from apps.operations.checks import data, safety, software
from apps.registry import checks as model_checks
from apps.registry.models import ModelVersion
from tests.factories import SiteAdminFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def site_with_a_key(settings, monkeypatch):
    """A site for this machine alone, whose data folder has the file that every site without a key of its own has."""
    monkeypatch.setattr(safety, "others_can_reach", lambda: False)
    settings.WBCWEB_DATA_DIR.mkdir(mode=0o700, parents=True)
    key = settings.WBCWEB_DATA_DIR / "secret_key"
    key.write_text("k" * 50)
    key.chmod(0o600)
    return key


def worker(role="embedded", *, seen=0, **values: object) -> Worker:
    at = timezone.now() - timedelta(seconds=seen)
    queues = {} if role == "reaper" else {"default": 1, "gpu-short": 1, "gpu-long": 1}
    return Worker.objects.create(
        **{
            "name": f"{role}-{Worker.objects.count()}",
            "role": role,
            "host": "lab-1",
            "pid": 1,
            "queues": queues,
            "started_at": at,
            "seen_at": at,
            **values,
        }
    )


def job(state="queued", *, age=0, **values: object) -> Job:
    at = timezone.now() - timedelta(seconds=age)
    ended = {"finished_at": at} if state not in {"queued", "running"} else {}
    made = Job.objects.create(kind="analyse", queue="default", max_attempts=3, state=state, **ended, **values)
    Job.objects.filter(pk=made.pk).update(created_at=at)
    return made


def one(found, name: str) -> Check:
    lines = [found] if isinstance(found, Check) else list(found)
    [line] = [line for line in lines if line.name == name]
    return line


# --- The page and the command


def test_the_page_says_what_is_amiss_and_what_to_do(sign_in, site_with_a_key):
    page = sign_in(SiteAdminFactory()).get("/self-check/").content.decode()
    assert "Nobody takes jobs of default, gpu-short and gpu-long." in page
    assert "Start the site again with “make run”" in page
    assert "2 things to act on now" in page
    assert 'hx-trigger="every 15s"' in page
    assert "No worker has been seen within a day." in page


def test_the_page_lists_workers_with_device_and_what_they_run(sign_in, site_with_a_key):
    busy = worker(label="GPU of the cellar", device="cuda: H200", device_problem="")
    worker("reaper")
    worker(seen=3000, label="Forgotten", device_problem="There is no CUDA device.")
    job(
        "running",
        title="Analyse S-0231",
        worker=busy.name,
        lease_token=busy_token(),
        lease_expires_at=timezone.now(),
    )
    page = sign_in(SiteAdminFactory()).get("/self-check/").content.decode()
    for word in (
        "GPU of the cellar",
        "cuda: H200",
        "Analyse S-0231",
        "Forgotten",
        "50 min ago",
        "Working",
        "Gone",
    ):
        assert word in page
    assert "All is well" in page


def busy_token():
    from uuid import uuid4

    return uuid4()


def test_the_number_of_queries_does_not_grow(sign_in, site_with_a_key, django_assert_max_num_queries):
    browser = sign_in(SiteAdminFactory())
    browser.get("/self-check/")
    for number in range(6):
        worker(label=f"Worker {number}")
        job()
    with django_assert_max_num_queries(24):
        assert browser.get("/self-check/").content.decode().count("lab-1") == 6


def run_command(*options: str) -> tuple[int, str]:
    out = io.StringIO()
    try:
        call_command("selfcheck", *options, stdout=out)
    except SystemExit as ended:
        return int(ended.code or 0), out.getvalue()
    return 0, out.getvalue()


def test_the_command_ends_with_one_when_something_does_not_work(site_with_a_key):
    status, words = run_command()
    assert status == 1
    assert "  ACT   Workers: Nobody takes jobs" in words
    assert "        Start the site again" in words


def test_the_command_ends_with_nought_when_all_works_and_strictly_not_for_what_should_be_looked_at(
    site_with_a_key,
):
    worker()
    worker("reaper")
    assert run_command("--strict")[0] == 0
    job("failed", error="No.")
    assert run_command()[0] == 0
    status, words = run_command("--strict", "--json")
    assert status == 1
    report = json.loads(words)
    assert report["state"] == "warn"
    [line] = [line for line in report["lines"] if line["state"] == "warn"]
    assert line["name"] == "Failed jobs"


def test_the_command_works_without_a_database(site_with_a_key, monkeypatch):
    def refuse(*_: object):
        raise OperationalError("gone")

    monkeypatch.setattr(connection, "cursor", refuse)
    status, words = run_command()
    assert status == 1
    assert "Database: This could not be looked at: the database refuses." in words
    assert "good  Disk" in words


def test_every_room_says_what_to_do_about_what_it_finds(site_with_a_key):
    for line in checks.run().lines:
        assert line.seen.endswith(".")
        assert line.state is State.OK or line.todo.endswith(".")


# --- Data


def test_database(monkeypatch):
    assert data.database().state is State.OK
    monkeypatch.setattr(data, "SLOW_S", -1.0)
    assert data.database().state is State.WARN


def test_tables(monkeypatch):
    assert data.tables().state is State.OK
    monkeypatch.setattr(data, "schema_state", lambda: SchemaState((("cells", "0009_x"),), ()))
    line = data.tables()
    assert (line.state, "cells 0009_x" in line.seen, "make upgrade" in line.todo) == (State.FAIL, True, True)
    monkeypatch.setattr(data, "schema_state", lambda: SchemaState((), (("cells", "0099_y"),)))
    assert data.tables().state is State.WARN


def test_store(settings):
    assert data.store().state is State.OK
    shutil.rmtree(settings.MEDIA_ROOT)
    settings.MEDIA_ROOT.write_text("a file where the folder should be")
    assert data.store().state is State.FAIL


@pytest.mark.parametrize(
    ("free", "state"), [(0.1, State.FAIL), (0.6, State.WARN), (3.0, State.WARN), (80.0, State.OK)]
)
def test_disks(monkeypatch, tmp_path, free, state):
    gib = 1024 * disk.MEBI
    room = disk.Room(folder=tmp_path, free=int(free * gib), total=100 * gib, reserve=gib // 2)
    monkeypatch.setattr(data.disk, "rooms", lambda: [room])
    [line] = data.disks()
    assert line.state is state
    assert disk.size(room.free) in line.seen


@pytest.mark.parametrize(("apart", "state"), [(0.5, State.OK), (5, State.WARN), (60, State.FAIL)])
def test_clock(monkeypatch, apart, state):
    assert data.clock().state is State.OK
    monkeypatch.setattr(connection, "vendor", "postgresql")
    monkeypatch.setattr(data, "database_now", lambda: timezone.now() + timedelta(seconds=apart))
    assert data.clock().state is state


# --- Safety


def test_secret_key(site_with_a_key):
    assert safety.secret_key().state is State.OK
    site_with_a_key.chmod(0o644)
    line = safety.secret_key()
    assert line.state is State.FAIL
    assert "chmod 600" in line.todo
    site_with_a_key.unlink()
    assert safety.secret_key().state is State.OK


def test_data_folder(site_with_a_key):
    assert safety.data_folder().state is State.OK
    site_with_a_key.parent.chmod(0o755)
    line = safety.data_folder()
    assert line.state is State.FAIL
    assert f"chmod o-rwx {site_with_a_key.parent}" in line.todo
    site_with_a_key.parent.chmod(0o750)
    assert safety.data_folder().state is State.OK


def test_debugging(settings):
    settings.DEBUG = False
    assert safety.debugging().state is State.OK
    settings.DEBUG = True
    assert safety.debugging().state is State.FAIL


@pytest.mark.parametrize(
    ("hosts", "secure", "state"),
    [
        (["localhost", "127.0.0.1", "[::1]", "a.localhost"], False, State.OK),
        (["localhost", "cells.example.org"], False, State.FAIL),
        (["*"], False, State.FAIL),
        (["192.168.1.7"], True, State.OK),
    ],
)
def test_encryption(settings, hosts, secure, state):
    settings.ALLOWED_HOSTS = hosts
    settings.SESSION_COOKIE_SECURE = secure
    assert safety.encryption().state is state


def test_deployment(settings, monkeypatch):
    settings.ALLOWED_HOSTS = ["localhost"]
    assert safety.deployment().state is State.OK
    settings.ALLOWED_HOSTS = ["cells.example.org"]
    monkeypatch.setattr(safety, "_problems", list)
    assert safety.deployment().state is State.OK
    monkeypatch.setattr(safety, "_problems", lambda: [Problem("No.", id="security.W004")])
    line = safety.deployment()
    assert (line.state, "security.W004" in line.seen) == (State.WARN, True)
    settings.SECURE_SSL_REDIRECT = True  # so its absence is a choice: of a site with a certificate of its own
    line = safety.deployment()
    assert (line.state, "WBCWEB_HSTS" in line.seen) == (State.OK, True)
    monkeypatch.setattr(safety, "_problems", lambda: [Problem("No.", id="security.W012")])
    assert safety.deployment().state is State.WARN


def test_version(settings):
    assert settings.WBCWEB_VERSION in software.version().seen


# --- Jobs


def test_workers(settings):
    assert one(job_checks.workers_and_queues(), "Workers").state is State.FAIL
    assert one(job_checks.workers_and_queues(), "Reaper").state is State.FAIL
    worker()
    worker("reaper")
    assert one(job_checks.workers_and_queues(), "Workers").state is State.OK
    assert one(job_checks.workers_and_queues(), "Reaper").state is State.OK
    Worker.objects.update(seen_at=timezone.now() - timedelta(minutes=5))
    assert one(job_checks.workers_and_queues(), "Workers").state is State.FAIL
    settings.WBCWEB_REDIS_URL = "redis://127.0.0.1:1/0"
    assert "celery -A wbcweb worker" in one(job_checks.workers_and_queues(), "Workers").todo
    assert "manage.py reaper" in one(job_checks.workers_and_queues(), "Reaper").todo


def test_waiting_jobs():
    worker()
    job(age=60)
    assert one(job_checks.workers_and_queues(), "Waiting jobs").state is State.OK
    job(age=600)
    line = one(job_checks.workers_and_queues(), "Waiting jobs")
    assert (line.state, "10 min" in line.seen) == (State.FAIL, True)


def test_jobs_that_wait_for_busy_workers_are_a_matter_of_patience():
    busy = worker()
    job("running", worker=busy.name, lease_token=busy_token(), lease_expires_at=timezone.now())
    job(age=600)
    assert one(job_checks.workers_and_queues(), "Waiting jobs").state is State.OK
    job(age=7200)
    assert one(job_checks.workers_and_queues(), "Waiting jobs").state is State.WARN


def test_devices_and_versions():
    worker(device_problem="There is no CUDA device.", label="Cellar", versions={"torch": "2.14"})
    worker(versions={"torch": "2.15"})
    found = list(job_checks.workers_and_queues())
    assert "Cellar: There is no CUDA device." in one(found, "Device").seen
    assert "torch 2.14 and 2.15" in one(found, "Versions").seen


def test_a_reaper_that_lives_and_does_nothing():
    worker("reaper")
    Appointment.objects.create(name="jobs.sweep", due_at=timezone.now() - timedelta(minutes=10))
    line = one(job_checks.workers_and_queues(), "Reaper")
    assert (line.state, "overdue" in line.seen) == (State.FAIL, True)


def test_schedule():
    Appointment.objects.create(name="jobs.sweep", due_at=timezone.now())
    assert job_checks.schedule().state is State.OK
    Appointment.objects.create(name="slides.sweep", due_at=timezone.now(), error="Traceback")
    assert "slides.sweep" in job_checks.schedule().seen


def test_failures():
    job("succeeded")
    job("failed", age=2 * 24 * 3600, error="No.")
    assert job_checks.failures().state is State.OK
    job("failed", error="No.")
    assert job_checks.failures().seen == "1 of the 2 that ended in the last 24 hours."


def test_broker(settings):
    assert list(job_checks.broker()) == []
    settings.WBCWEB_REDIS_URL = "redis://someone:hunter2@127.0.0.1:1/0"
    [line] = job_checks.broker()
    assert line.state is State.FAIL
    assert "hunter2" not in line.seen + line.todo


# --- Models


def test_models_and_their_weights(tmp_path, monkeypatch):
    assert {line.state for line in model_checks.active_models()} == {State.OK}
    version = ModelVersion.objects.active().first()
    copy = tmp_path / "copy.safetensors"
    shutil.copy(version.absolute_weights_path, copy)
    ModelVersion.objects.filter(pk=version.pk).update(weights_path=str(copy))
    assert {line.state for line in model_checks.active_models()} == {State.OK}
    with copy.open("r+b") as stream:
        stream.seek(1000)
        stream.write(b"?")
    lines = [line for line in model_checks.active_models() if version.label in line.seen]
    assert [line.state for line in lines] == [State.FAIL]
    copy.unlink()
    lines = [line for line in model_checks.active_models() if version.label in line.seen]
    assert "cannot be read" in lines[0].seen
    ModelVersion.objects.update(state="retired")
    lines = list(model_checks.active_models())
    assert [line.state for line in lines] == [State.FAIL, State.FAIL]
    assert all("sync_registry" in line.todo for line in lines)
