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
    found = []
    for name in names:
        cls = known.get(name)
        key = _free(used, cls.key if cls else "", "123456789abcdefghijklmnpqstuvwyz")
        found.append(Choice(name, cls.title if cls else name, key))
    for name, title, wanted in _OTHERS:
        found.append(Choice(name, title, _free(used, "", wanted)))
    return found


def _free(used: set[str], wanted: str, others: str) -> str:
    key = next(key for key in (wanted, *others) if key and key.lower() not in used and key not in used)
    used.add(key.lower())
    return key
