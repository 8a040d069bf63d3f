from collections.abc import Iterator

import pytest
from django.db.models.functions import Now

from apps.jobs import clock, reaper, schedule
from apps.jobs.models import Appointment

pytestmark = pytest.mark.django_db

runs: list[str] = []


def note() -> None:
    runs.append("note")


def stumble() -> None:
    runs.append("stumble")
    raise ZeroDivisionError


@pytest.fixture
def entries() -> Iterator[None]:
    runs.clear()
    schedule.register(schedule.Periodic("test.stumble", f"{__name__}.stumble", every_s=60))
    schedule.register(schedule.Periodic("test.note", f"{__name__}.note", every_s=60))
    yield
    schedule.unregister("test.stumble")
    schedule.unregister("test.note")


def due(name: str) -> None:
    Appointment.objects.filter(name=name).update(due_at=clock.ahead(-1))


def test_what_is_registered_runs_when_due_and_not_before(entries: None) -> None:
    assert schedule.run_due() == []
    assert "test.note" in schedule.run_due()
    assert runs.count("note") == 1
    assert schedule.run_due() == []
    due("test.note")
    assert schedule.run_due() == ["test.note"]
    assert runs.count("note") == 2
    row = Appointment.objects.annotate(now=Now()).get(name="test.note")
    assert 55 < (row.due_at - row.now).total_seconds() <= 60
    assert row.finished_at is not None


def test_one_that_fails_leaves_its_traceback_and_the_others_run(entries: None) -> None:
    schedule.run_due()
    ran = schedule.run_due()
    assert {"test.stumble", "test.note"} <= set(ran)
    assert "ZeroDivisionError" in Appointment.objects.get(name="test.stumble").error
    assert Appointment.objects.get(name="test.note").error == ""


def test_a_name_is_taken_once(entries: None) -> None:
    with pytest.raises(ValueError, match="twice"):
        schedule.register(schedule.Periodic("test.note", f"{__name__}.note", every_s=5))


def test_the_sweeping_of_files_is_in_the_schedule() -> None:
    schedule.run_due()
    assert Appointment.objects.filter(name="jobs.sweep").exists()


def test_a_round_of_the_reaper_survives_a_step_that_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reaper.connections, "close_all", lambda: None)
    runs.clear()
    mine = reaper.Reaper()
    mine.steps = (stumble, note)
    mine.tick()
    assert runs == ["stumble", "note"]
