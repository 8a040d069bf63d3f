"""How a project reviews: what a manager chooses, in one place for the page, the API and the record."""

from __future__ import annotations

from typing import Any

from apps.accounts.models import Project

NAMES = ("blind_first", "second_reading_share", "adjudicator")
"""The columns of `Project` that are such a choice, in the order of the page."""


def values_of(project: Project) -> dict[str, Any]:
    """Return what is chosen, by the names of the form and of `change_review_settings`."""
    return {name: getattr(project, name) for name in NAMES}


def in_words(project: Project, name: str) -> str:
    """Return a choice as the record says it."""
    value = getattr(project, name)
    shown = getattr(project, f"get_{name}_display", None)
    if shown is not None:
        return str(shown()).lower()
    if isinstance(value, bool):
        return "on" if value else "off"
    return f"{value} %" if name.endswith("_share") else str(value)


def label_of(name: str) -> str:
    """Return the name of a choice as the record says it."""
    return name.replace("_", " ")
