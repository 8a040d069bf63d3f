"""The shape of the self-check, and that one broken check does not spoil the others."""

import pytest
from django.db import OperationalError

from apps.core import checks
from apps.core.checks import Area, Check, State
from apps.core.registries import HookList

DATA = Area("Data")


def well() -> Check:
    return DATA.ok("Well", "It is.")


def several() -> list[Check]:
    return [Area("Jobs").warn("Odd", "It is odd.", "Look."), Area("Safety").fail("Bad", "It is bad.", "Act.")]


def nothing() -> list[Check]:
    return []


def crashes() -> Check:
    raise KeyError("a secret")


def needs_the_database() -> Check:
    raise OperationalError("server at db.internal refused\nDETAIL: a secret")


@pytest.fixture
def hooks(monkeypatch: pytest.MonkeyPatch) -> HookList:
    made = HookList("checks")
    monkeypatch.setattr(checks, "checks", made)
    return made


@pytest.mark.parametrize(("state", "todo"), [(State.OK, "Do."), (State.WARN, ""), (State.FAIL, "")])
def test_what_is_not_well_says_what_to_do_and_nothing_else_does(state: State, todo: str) -> None:
    with pytest.raises(ValueError, match="Disk"):
        Check("Data", "Disk", state, "Seen.", todo)


def test_lines_of_all_rooms_come_together_and_the_worst_counts(hooks: HookList) -> None:
    for hook in (several, well, nothing):
        hooks.register(hook)
    report = checks.run()
    assert [line.name for line in report.lines] == ["Odd", "Bad", "Well"]
    assert report.state is State.FAIL
    assert (report.count(State.WARN), report.count(State.FAIL)) == (1, 1)
    assert list(report.areas()) == ["Safety", "Jobs", "Data"]


def test_without_any_line_all_is_well(hooks: HookList) -> None:
    assert checks.run().state is State.OK


def test_a_broken_check_is_a_line_of_its_own_and_tells_no_secret(
    hooks: HookList, caplog: pytest.LogCaptureFixture, db: None
) -> None:
    for hook in (crashes, needs_the_database, well):
        hooks.register(hook)
    report = checks.run()
    assert [line.state for line in report.lines] == [State.FAIL, State.FAIL, State.OK]
    assert [line.name for line in report.lines] == ["Crashes", "Needs the database", "Well"]
    assert list(report.areas()) == ["Not looked at", "Data"]
    assert not any("secret" in line.seen + line.todo for line in report.lines)
    assert "DETAIL" not in caplog.text
    assert "A check failed: Crashes" in caplog.text
