"""The flow of readers and images as a diagram (STARD 2015, item 19)."""

from __future__ import annotations

from collections.abc import Mapping

from apps.studies.results.drawing import Drawing, Line, Mark, Text
from apps.studies.results.facts import Flow

_WIDTH = 640.0
_EDGE = 8.0


def flow(found: Flow, images: Mapping[str, int]) -> Drawing:
    """Return the flow of readers from enrolment to analysis, and what left it on the way (STARD 2015, item 19)."""
    steps = (
        (f"Readers enrolled: {found.enrolled}", f"Did not consent: {found.enrolled - found.consented}"),
        (f"Consented: {found.consented}", _left(found)),
        (f"Answered at least one image: {found.began}", f"Left images open: {found.began - found.finished}"),
        (f"Answered every image: {found.finished}", ""),
    )
    left, width, high, gap = 40.0, 270.0, 36.0, 22.0
    marks: list[Mark] = []
    for number, (kept, lost) in enumerate(steps):
        y = _EDGE + number * (high + gap)
        marks += _box(left, y, width, high, kept)
        if number + 1 < len(steps):
            middle = left + width / 2
            marks.append(Line(((middle, y + high), (middle, y + high + gap)), "flow"))
        if lost:
            marks.append(Line(((left + width, y + high / 2), (left + width + 40, y + high / 2)), "flow"))
            marks += _box(left + width + 40, y, _WIDTH - left - width - 40 - _EDGE, high, lost)
    bottom = _EDGE + len(steps) * (high + gap)
    marks += _box(
        left,
        bottom,
        _WIDTH - left - 110,
        high,
        f"Images: {images['counted']} counted, {images['repeats']} repeats, {images['controls']} controls",
    )
    return Drawing(
        "Flow of readers and images",
        "Readers who left images open are analysed with what they answered.",
        _WIDTH,
        bottom + high + _EDGE,
        tuple(marks),
    )


def _left(found: Flow) -> str:
    """Return how readers left the study after they had consented."""
    others = (("ended by staff", found.ended), ("erased", found.erased))
    return ", ".join([f"Withdrew: {found.withdrawn}", *(f"{name}: {n}" for name, n in others if n)])


def _box(x: float, y: float, width: float, height: float, text: str) -> list[Mark]:
    corners = ((x, y), (x + width, y), (x + width, y + height), (x, y + height), (x, y))
    return [Line(corners, "flow"), Text(x + 10, y + height / 2 + 4, text)]
