"""The self-check: what each room looks at, and what a person is to do when something is amiss.

A room registers a function in ``core.registries.checks``. It takes nothing, and returns one ``Check`` or several.
"""

import logging
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.db import Error, connection

from apps.core.registries import Hook, checks

logger = logging.getLogger(__name__)


class State(StrEnum):
    """What came of a check, from good to bad."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"

    @property
    def word(self) -> str:
        """Return the word for people, which stands beside the colour."""
        return {"ok": "Good", "warn": "Look at this", "fail": "Act now"}[self.value]

    @property
    def icon(self) -> str:
        """Return the icon that stands for it."""
        return {"ok": "check", "warn": "warn", "fail": "close"}[self.value]


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the self-check.

    Args:
        area: Under which heading it stands, such as "Jobs".
        name: What was looked at, in a word or two.
        state: What came of it.
        seen: What was seen, with its figures.
        todo: What to do, in one plain sentence; needed unless all is well.
    """

    area: str
    name: str
    state: State
    seen: str
    todo: str = ""

    def __post_init__(self) -> None:
        if (self.state is State.OK) == bool(self.todo):
            raise ValueError(f"{self.name}: what to do belongs to what is not well, and only to that.")


@dataclass(frozen=True, slots=True)
class Area:
    """Further words to a check's area, so that rooms write it once."""

    name: str

    def ok(self, name: str, seen: str) -> Check:
        """Return a line about something that is well."""
        return Check(self.name, name, State.OK, seen)

    def warn(self, name: str, seen: str, todo: str) -> Check:
        """Return a line about something that works and should be looked at."""
        return Check(self.name, name, State.WARN, seen, todo)

    def fail(self, name: str, seen: str, todo: str) -> Check:
        """Return a line about something that does not work."""
        return Check(self.name, name, State.FAIL, seen, todo)


NOT_SEEN = Area("Not looked at")
_ORDER = (NOT_SEEN.name, "Data", "Jobs", "Models", "Safety")


@dataclass(frozen=True, slots=True)
class Report:
    """Every line, in the order of the rooms."""

    lines: tuple[Check, ...]

    @property
    def state(self) -> State:
        """Return the worst of all."""
        order = list(State)
        return max((line.state for line in self.lines), key=order.index, default=State.OK)

    def count(self, state: State) -> int:
        """Return how many lines are in a state."""
        return sum(line.state is state for line in self.lines)

    def areas(self) -> dict[str, list[Check]]:
        """Return the lines by area, what is worst first, of areas as of lines; else what others need first."""
        found: dict[str, list[Check]] = {area: [] for area in _ORDER}
        for line in sorted(self.lines, key=_badness):
            found.setdefault(line.area, []).append(line)
        worst_first = sorted(found.items(), key=lambda entry: min(map(_badness, entry[1]), default=0))
        return {area: lines for area, lines in worst_first if lines}


def _badness(line: Check) -> int:
    return -list(State).index(line.state)


def run() -> Report:
    """Look at everything. A check that breaks is itself a line that is not well; the others are done all the same."""
    return Report(tuple(line for hook in checks for line in _run_one(hook)))


def _run_one(hook: Hook) -> list[Check]:
    try:
        found: Any = hook()
        return [found] if isinstance(found, Check) else list(found)
    except Error as error:
        connection.close_if_unusable_or_obsolete()
        logger.warning("A check needs the database: %s: %s", _title(hook), str(error).partition("\n")[0])
        seen, todo = "the database refuses.", "Put right first what stands under “Data”, then look again."
    except Exception:
        logger.exception("A check failed: %s", _title(hook))
        seen = "the check itself went wrong."
        todo = "Look into the log for “A check failed”, and tell those who maintain the software."
    return [NOT_SEEN.fail(_title(hook), f"This could not be looked at: {seen}", todo)]


def _title(hook: Hook) -> str:
    return hook.__name__.replace("_", " ").capitalize()
