"""A person's edit stands on what the person saw: a name for these values, and a refusal with both when they changed.

The name is made from the values themselves, so no writer can forget to count a version up; a conditional update on
the same values is the lock between the comparison and the write.
"""

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from django import forms

from apps.core.errors import Conflict, DomainError

Values = Mapping[str, object]


def version_of(values: Values) -> str:
    """Return the name of these values: the same for the same values, another for any other."""
    return sha256(json.dumps(_plain(values), sort_keys=True).encode()).hexdigest()[:32]


def refuse_stale(*, seen: str, what: str, yours: Values, current: Values) -> None:
    """Raise `stale` when the values are not those of the version seen."""
    if seen != version_of(current):
        raise stale(what=what, yours=yours, current=current)


def stale(*, what: str, yours: Values, current: Values) -> Conflict:
    """Return the error that carries both values; ``what`` is a word for the thing, such as "slide"."""
    return Conflict(
        f"Somebody changed this {what} meanwhile. Nothing of yours is saved yet: what was saved meanwhile stands "
        "beside what you wrote. Save again to put yours in its place.",
        code="stale",
        detail={"yours": _plain(yours), "current": _plain(current), "version": version_of(current)},
    )


def show_both(form: forms.Form, refused: DomainError) -> None:
    """Say in a form what was saved meanwhile; sent once more, it stands on the version that it shows now."""
    form.add_error(None, refused.message)
    yours, current = refused.detail["yours"], refused.detail["current"]
    for name, value in current.items():
        if value != yours.get(name):
            form.add_error(name if name in form.fields else None, f"Saved meanwhile: {value or 'nothing'}.")
    sent: Any = form.data
    shown = sent.copy()  # what a request sent cannot be changed in place
    shown["version"] = refused.detail["version"]
    form.data = shown


def _plain(values: Values) -> dict[str, str]:
    return {name: "" if value is None else str(value) for name, value in values.items()}
