"""What the table of slides shows about analyses."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.html import format_html

from apps.accounts.models import User
from apps.inference.selectors import AnalysisState, State, analysis_states
from apps.slides.columns import SlideColumn
from apps.slides.models import Slide

_WORDS = {
    State.QUEUED: "Waiting",
    State.RUNNING: "Running",
    State.DONE: "Done",
    State.FAILED: "Failed",
    State.EMPTY: "Not analysed",
}


def analysis_column(*, slides: Sequence[Slide], user: User) -> SlideColumn:  # noqa: ARG001 - the hook's signature
    """Return the state of each slide's analysis, with its sentence as the tip."""
    states = analysis_states(slides)
    return SlideColumn(title="Analysis", cells={pk: _badge(state) for pk, state in states.items()})


def _badge(state: AnalysisState) -> str:
    words = f"{state.analysed} of {state.total}" if state.partial else _WORDS[state.state]
    return format_html(
        '<span class="badge badge--{}" title="{}">{}</span>', state.state, state.message, words
    )
