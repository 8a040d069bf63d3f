"""The answers that a reader has to choose from: the study's classes in their fixed order, and two ways out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from apps.registry.models import CellClass
from apps.studies.models import CANNOT_TELL, OTHER

TAKEN = frozenset({"r", "?", " ", "Enter", "Escape"})
"""Keys that ask for something else on the page."""
_OTHERS = ((OTHER, "Other", "o0vbnm"), (CANNOT_TELL, "Cannot tell", "xuqwz"))


@dataclass(frozen=True, slots=True)
class Choice:
    """An answer that one key gives; ``key`` is the key's name in a browser."""

    name: str
    title: str
    key: str

    def as_json(self) -> dict[str, str]:
        """Return the plain values."""
        return asdict(self)


def choices(names: Sequence[str], classes: Sequence[CellClass]) -> list[Choice]:
    """Return an answer for each class of a study in the study's order, then "other" and "cannot tell".

    A class keeps the key that it has everywhere else; where that is wanted for something here, it gets the first free
    digit or letter.

    Args:
        names: The classes of the study.
        classes: The classes of the project's list, for titles and keys.
    """
    known = {c.name: c for c in classes}
    used = set(TAKEN)
    own = {name: _claim(used, known[name].key) for name in names if name in known}
    found = [
        Choice(
            name,
            known[name].title if name in known else name,
            own.get(name) or _claim(used, *"123456789abcdefghijklmnpqstuvwyz"),
        )
        for name in names
    ]
    return [*found, *(Choice(name, title, _claim(used, *wanted)) for name, title, wanted in _OTHERS)]


def _claim(used: set[str], *wanted: str) -> str:
    """Return the first of some keys that is free, and take it; "" when none is."""
    key = next((key for key in wanted if key not in used and key.lower() not in used), "")
    used.add(key.lower())
    return key
