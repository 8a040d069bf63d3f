"""Columns that rooms above add to the table of slides, through ``apps.core.registries.slide_columns``.

A registered function is called once per page as ``fn(slides=<list of Slide>, user=<User>)`` and returns a
``SlideColumn``, or ``None`` to add nothing. It must not ask the database once per slide.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from apps.accounts.models import User
from apps.core.registries import slide_columns
from apps.slides.models import Slide


@dataclass(frozen=True, slots=True)
class SlideColumn:
    """One further column.

    ``cells`` maps a slide's ``pk`` to what is shown: text, or HTML that was made with ``format_html``. ``numeric``
    columns are set right-aligned in tabular figures.
    """

    title: str
    cells: Mapping[int, str]
    numeric: bool = False


def columns_for(slides: Sequence[Slide], user: User) -> list[SlideColumn]:
    """Return the further columns for the slides of one page."""
    if not slides:
        return []
    found = slide_columns.run(slides=list(slides), user=user)
    return [column for column in found if column is not None]
