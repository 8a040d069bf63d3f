"""Simple vector drawings: one list of marks, drawn as SVG on the page and by ReportLab in the PDF.

Marks name their style, never a colour: the page colours them by theme, the PDF in print. Lengths in pixels of the page,
y downwards. What a drawing shows always stands in a table beside it as well.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

Anchor = Literal["start", "middle", "end"]
Shape = Literal["circle", "diamond", "square"]


@dataclass(frozen=True, slots=True)
class Line:
    """Points joined by straight lines, open."""

    points: tuple[tuple[float, float], ...]
    style: str


@dataclass(frozen=True, slots=True)
class Area:
    """A closed polygon."""

    points: tuple[tuple[float, float], ...]
    style: str


@dataclass(frozen=True, slots=True)
class Dot:
    """A marker; ``style`` ending in "--hollow" leaves its inside open."""

    x: float
    y: float
    shape: Shape
    style: str
    size: float = 5.0


@dataclass(frozen=True, slots=True)
class Text:
    """A line of text; ``x``, ``y`` where its baseline begins, has its middle, or ends."""

    x: float
    y: float
    text: str
    anchor: Anchor = "start"
    style: str = "label"


_WIDE = 500.0

Mark = Line | Area | Dot | Text


@dataclass(frozen=True, slots=True)
class Drawing:
    """A drawing: ``title`` is its accessible name, ``about`` says how to read it."""

    title: str
    about: str
    width: float
    height: float
    marks: tuple[Mark, ...]
    legend: tuple[tuple[str, Shape, str], ...] = field(default=())  # style, shape, words


def outline(dot: Dot) -> tuple[tuple[float, float], ...]:
    """Return the corners of a square or diamond marker."""
    r = dot.size
    if dot.shape == "diamond":
        r *= 1.25
        return ((dot.x, dot.y - r), (dot.x + r, dot.y), (dot.x, dot.y + r), (dot.x - r, dot.y))
    r *= 0.9
    return (
        (dot.x - r, dot.y - r),
        (dot.x + r, dot.y - r),
        (dot.x + r, dot.y + r),
        (dot.x - r, dot.y + r),
    )


def svg(drawing: Drawing) -> SafeString:
    """Return a drawing as an SVG element that scales with the page's width."""
    return format_html(
        '<svg class="plot{}" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>',
        " plot--square" if drawing.width < _WIDE else "",
        _short(drawing.width),
        _short(drawing.height),
        drawing.title,
        format_html_join("", "{}", ((_mark(mark),) for mark in drawing.marks)),
    )


def legend_svg(style: str, shape: Shape) -> SafeString:
    """Return a marker alone, for a legend in text."""
    return format_html(
        '<svg class="plot__key" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">{}</svg>',
        _mark(Dot(8, 8, shape, style)),
    )


def _mark(mark: Mark) -> SafeString:
    draw: Callable[..., SafeString] = _SVG[type(mark)]
    return draw(mark)


def _line(mark: Line) -> SafeString:
    return format_html(
        '<polyline class="plot__line plot__{}" points="{}"/>', mark.style, _points(mark.points)
    )


def _area(mark: Area) -> SafeString:
    return format_html('<polygon class="plot__area plot__{}" points="{}"/>', mark.style, _points(mark.points))


def _dot(mark: Dot) -> SafeString:
    if mark.shape == "circle":
        return format_html(
            '<circle class="plot__dot plot__{}" cx="{}" cy="{}" r="{}"/>',
            mark.style,
            _short(mark.x),
            _short(mark.y),
            _short(mark.size),
        )
    return format_html(
        '<polygon class="plot__dot plot__{}" points="{}"/>', mark.style, _points(outline(mark))
    )


def _text(mark: Text) -> SafeString:
    return format_html(
        '<text class="plot__{}" x="{}" y="{}" text-anchor="{}">{}</text>',
        mark.style,
        _short(mark.x),
        _short(mark.y),
        mark.anchor,
        mark.text,
    )


_SVG: dict[type[Mark], Callable[..., SafeString]] = {Line: _line, Area: _area, Dot: _dot, Text: _text}


def _points(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{_short(x)},{_short(y)}" for x, y in points)


def _short(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
