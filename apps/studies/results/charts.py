"""The pictures of a result: what is drawn where. Colour, shape and a direct label carry each difference together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from apps.studies.results import words
from apps.studies.results.drawing import Anchor, Area, Dot, Drawing, Line, Mark, Shape, Text
from apps.studies.results.shapes import (
    ALL,
    REAL,
    SYNTHETIC,
    Difference,
    Drift,
    Figure,
    Matrix,
    OneReader,
    Origin,
    Realism,
    Share,
    Times,
)

_WIDTH = 640.0
_LEFT = 150.0
_RIGHT = 24.0
_TOP = 8.0
_AXIS = 34.0
_STEP = 15.0
"""Pixels from one marker of a row to the next."""

MOST_LINES = 6
"""So many readers' curves can be told apart in one plot; of more, the tables tell."""

SHAPES: Mapping[str, Shape] = {ALL: "square", REAL: "circle", SYNTHETIC: "diamond"}
ORIGINS: Mapping[str, str] = {ALL: "All images", REAL: "Real", SYNTHETIC: "Synthetic"}
_LEGEND_ORIGIN = tuple((origin, SHAPES[origin], ORIGINS[origin]) for origin in (REAL, SYNTHETIC))
_PUBLISHED: tuple[str, Shape, str] = ("published--hollow", "square", "Published (table 8), all images")


@dataclass(frozen=True, slots=True)
class Point:
    """A value with its interval, in units of the axis."""

    style: str
    shape: Shape
    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Axis:
    """A horizontal axis from ``low`` to ``high``; ``guide`` is a dashed line, ``band`` a shaded range around it."""

    low: float
    high: float
    ticks: tuple[tuple[float, str], ...]
    title: str
    guide: float | None = None
    band: tuple[float, float] | None = None

    def x(self, value: float) -> float:
        """Return where a value lies; beyond the ends, at the end."""
        share = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return _LEFT + share * (_WIDTH - _LEFT - _RIGHT)


_PER_CENT = tuple((at / 100, str(at)) for at in (0, 20, 40, 60, 80, 100))


def whiskers(
    title: str,
    about: str,
    rows: Sequence[tuple[str, Sequence[Point]]],
    axis: Axis,
    legend: tuple[tuple[str, Shape, str], ...] = (),
) -> Drawing:
    """Return rows of values with their intervals as whiskers over one axis."""
    marks: list[Mark] = []
    heights = [max(1, len(points)) * _STEP + 10 for _, points in rows]
    bottom = _TOP + sum(heights)
    if axis.band is not None:
        left, right = axis.x(axis.band[0]), axis.x(axis.band[1])
        marks.append(Area(((left, _TOP), (right, _TOP), (right, bottom), (left, bottom)), "band"))
    marks += _axis(axis, bottom)
    y = _TOP
    for (label, points), height in zip(rows, heights, strict=True):
        marks.append(Text(_LEFT - 12, y + height / 2 + 4, label, "end"))
        first = y + height / 2 - (len(points) - 1) * _STEP / 2
        for number, point in enumerate(points):
            marks += _whisker(point, axis, first + number * _STEP)
        y += height
    return Drawing(title, about, _WIDTH, bottom + _AXIS, tuple(marks), legend)


def _whisker(point: Point, axis: Axis, y: float) -> list[Mark]:
    marks: list[Mark] = []
    if point.low is not None and point.high is not None:
        left, right = axis.x(point.low), axis.x(point.high)
        line = f"{point.style.removesuffix('--hollow')}-whisker"
        marks.append(Line(((left, y), (right, y)), line))
        marks += [Line(((end, y - 3), (end, y + 3)), line) for end in (left, right)]
    marks.append(Dot(axis.x(point.value), y, point.shape, point.style))
    return marks


def _axis(axis: Axis, bottom: float) -> list[Mark]:
    marks: list[Mark] = []
    for value, text in axis.ticks:
        x = axis.x(value)
        marks.append(Line(((x, _TOP), (x, bottom)), "grid"))
        marks.append(Text(x, bottom + 15, text, "middle", "tick"))
    if axis.guide is not None:
        x = axis.x(axis.guide)
        marks.append(Line(((x, _TOP), (x, bottom)), "guide"))
    marks.append(Text((_LEFT + _WIDTH - _RIGHT) / 2, bottom + 30, axis.title, "middle", "tick"))
    return marks


def _share(found: Share, style: str, shape: Shape) -> list[Point]:
    return [] if found.value is None else [Point(style, shape, found.value, found.low, found.high)]


def _figure(found: Figure, style: str, shape: Shape) -> list[Point]:
    return [] if found.value is None else [Point(style, shape, found.value, found.low, found.high)]


def sensitivities(
    matrices: Sequence[Matrix],
    titles: Mapping[str, str],
    published: Sequence[Share] | None = None,
    over: Mapping[Origin, Sequence[Figure]] | None = None,
) -> Drawing:
    """Return the sensitivity of each class on real and on synthetic images, the published ones hollow.

    Args:
        matrices: Whose; at least one.
        titles: What people call the classes.
        published: Sensitivities of another study, in the order of the classes.
        over: Across readers, sensitivities with intervals that allow for readers and images being drawn.
    """
    by_origin = {matrix.origin: matrix for matrix in matrices}
    both: tuple[Origin, ...] = (REAL, SYNTHETIC)
    parts = [origin for origin in both if origin in by_origin] or list(by_origin)
    rows = []
    for at, name in enumerate(matrices[0].classes):
        points = [
            point
            for origin in parts
            for point in (
                _figure(over[origin][at], origin, SHAPES[origin])
                if over and origin in over
                else _share(by_origin[origin].sensitivities[at], origin, SHAPES[origin])
            )
        ]
        if published is not None:
            points += _share(published[at], "published--hollow", "square")
        rows.append((words.title(name, dict(titles)), points))
    legend = tuple((origin, SHAPES[origin], ORIGINS[origin]) for origin in parts)
    return whiskers(
        "Sensitivity of each class with its interval",
        "Share of the images of a class that were named so, with 95 % intervals"
        + (" by the bootstrap of readers and images." if over else " (Wilson)."),
        rows,
        Axis(0, 1, _PER_CENT, "Named as intended, %"),
        (*legend, _PUBLISHED) if published is not None else legend,
    )


def told_rightly(
    readers: Sequence[tuple[str, Realism]], pooled: Realism | None, margin: float | None
) -> Drawing:
    """Return the share of images whose origin each reader told rightly, against guessing."""
    rows = [(name, _share(found.accuracy, ALL, SHAPES[ALL])) for name, found in readers]
    over = pooled.bootstrap if pooled is not None else None
    if over is not None and over.value is not None:
        rows.append(("All readers", [Point(ALL, SHAPES[ALL], over.value, over.low, over.high)]))
    return whiskers(
        "Origin told rightly by each reader, with intervals",
        "Dashed: guessing. Shaded: the margin of equivalence fixed before opening."
        if margin is not None
        else "Dashed: guessing.",
        rows,
        Axis(
            0,
            1,
            _PER_CENT,
            "Origin told rightly, %",
            guide=0.5,
            band=None if margin is None else (0.5 - margin, 0.5 + margin),
        ),
    )


def differences(
    readers: Sequence[OneReader], pooled: Difference | None, margin: float | None
) -> Drawing | None:
    """Return class accuracy on real minus on synthetic images, per reader and across them."""
    found = [(reader.reader, reader.difference) for reader in readers]
    if pooled is not None and len(readers) > 1:
        found.append(("All readers", pooled))
    rows = [
        (name, [Point(ALL, SHAPES[ALL], each.value, each.low, each.high)])
        for name, each in found
        if each is not None and each.value is not None
    ]
    if not rows:
        return None
    ends = [abs(end) for _, points in rows for p in points for end in (p.value, p.low or 0, p.high or 0)]
    reach = max(0.1, min(1.0, -(-max(ends) * 10 // 1) / 10))
    ticks = tuple((reach * step, words.points(reach * step)) for step in (-1, -0.5, 0, 0.5, 1))
    return whiskers(
        "Class accuracy on real minus on synthetic images, with intervals",
        "Dashed: no difference. Shaded: the margin of equivalence fixed before opening."
        if margin is not None
        else "Dashed: no difference.",
        rows,
        Axis(
            -reach,
            reach,
            ticks,
            "Real minus synthetic, percentage points",
            guide=0,
            band=None if margin is None else (-margin, margin),
        ),
    )


_STEPS_S = (0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 60.0, 120.0, 300.0, 600.0)


def times(found: Sequence[Times], titles: Mapping[str, str]) -> Drawing | None:
    """Return median and quartiles of the seconds per image by class and origin."""
    known = [each for each in found if each.median is not None]
    if not known:
        return None
    most = max(each.upper or each.median or 0 for each in known)
    step = next((s for s in _STEPS_S if most / s <= 6), most / 5)
    top = step * max(1, -(-most // step))
    rows = []
    for name in dict.fromkeys(each.intended for each in known):
        points = [
            Point(each.origin, SHAPES[each.origin], each.median or 0, each.lower, each.upper)
            for each in known
            if each.intended == name and each.origin != ALL
        ]
        if points:
            rows.append((words.title(name, dict(titles)) if name else "All classes", points))
    if not rows:
        return None
    ticks = tuple((step * n, f"{step * n:g}") for n in range(round(top / step) + 1))
    return whiskers(
        "Seconds per image by class and origin",
        "Median with quartiles.",
        rows,
        Axis(0, top, ticks, "Seconds"),
        _LEGEND_ORIGIN,
    )


_SQUARE = 360.0
_PAD = 48.0


def curves(readers: Sequence[tuple[str, Realism]], pooled: Realism | None) -> Drawing | None:
    """Return the ROC curves of the six-point scale; each labelled where it stands out from the others."""
    shown = [(name, found) for name, found in readers if len(found.curve) > 2][:MOST_LINES]
    if pooled is not None and len(pooled.curve) > 2 and len(readers) > 1:
        shown.append(("All", pooled))
    if not shown:
        return None
    marks = [*_frame(), Line(((_PAD, _SQUARE), (_PAD + _side(), _SQUARE - _side())), "guide")]
    for number, (name, found) in enumerate(shown):
        points = tuple((_PAD + x * _side(), _SQUARE - y * _side()) for x, y in found.curve)
        marks.append(Line(points, "all-curve" if name == "All" else f"curve-{number % MOST_LINES}"))
        inner = found.curve[1 + number % max(1, len(found.curve) - 2)]
        x, y = _PAD + inner[0] * _side(), _SQUARE - inner[1] * _side()
        marks.append(Dot(x, y, "circle", "all" if name == "All" else f"curve-{number % MOST_LINES}", 3))
        marks.append(Text(x + 6, y + 14, name, "start", "value"))
    return Drawing(
        "ROC curves of the six-point scale",
        "Synthetic images called synthetic against real images called synthetic, at each point of the scale. "
        "Dashed: guessing.",
        _SQUARE + 24,
        _SQUARE + 40,
        tuple(marks),
    )


def _side() -> float:
    return _SQUARE - _PAD


def _frame() -> list[Mark]:
    marks: list[Mark] = []
    for at in (0, 0.25, 0.5, 0.75, 1):
        x, y = _PAD + at * _side(), _SQUARE - at * _side()
        marks.append(Line(((x, _SQUARE - _side()), (x, _SQUARE)), "grid"))
        marks.append(Line(((_PAD, y), (_PAD + _side(), y)), "grid"))
        marks.append(Text(x, _SQUARE + 16, f"{100 * at:.0f}", "middle", "tick"))
        marks.append(Text(_PAD - 8, y + 4, f"{100 * at:.0f}", "end", "tick"))
    marks.append(Text(_PAD + _side() / 2, _SQUARE + 32, "Real called synthetic, %", "middle", "tick"))
    marks.append(Text(_PAD, _SQUARE - _side() - 8, "Synthetic called synthetic, %", "start", "tick"))
    return marks


def drift(readers: Sequence[tuple[str, Drift]]) -> Drawing | None:
    """Return the share of rightly named images over the trials, in parts, a line for each reader."""
    shown = [(name, found) for name, found in readers if len(found.parts) > 1][:MOST_LINES]
    if not shown:
        return None
    last = max(part.last for _, found in shown for part in found.parts)
    height, left, right = 200.0, 48.0, _WIDTH - 70
    marks: list[Mark] = []

    def x_of(trial: float) -> float:
        return left + trial / last * (right - left)

    def y_of(share: float) -> float:
        return _TOP + (1 - share) * height

    for at in (0, 0.25, 0.5, 0.75, 1):
        marks.append(Line(((left, y_of(at)), (right, y_of(at))), "grid"))
        marks.append(Text(left - 8, y_of(at) + 4, f"{100 * at:.0f}", "end", "tick"))
    ends: list[tuple[float, str]] = []
    for number, (name, found) in enumerate(shown):
        style = f"curve-{number % MOST_LINES}"
        points = [
            ((part.first + part.last) / 2, part.correct)
            for part in found.parts
            if part.correct.value is not None
        ]
        nudge = 3.0 * (number - (len(shown) - 1) / 2)
        if len(shown) == 1:
            marks += [
                Line(
                    ((x_of(at), y_of(share.low or 0)), (x_of(at), y_of(share.high or 1))), f"{style}-whisker"
                )
                for at, share in points
            ]
        line = tuple((x_of(at) + nudge, y_of(share.value or 0)) for at, share in points)
        marks.append(Line(line, style))
        marks += [Dot(x, y, "circle", style, 3.5) for x, y in line]
        if line:
            ends.append((line[-1][1], name))
    marks += _names(right + 8, ends)
    ticks: tuple[tuple[int, Anchor], ...] = ((1, "start"), (last // 2, "middle"), (last, "end"))
    marks += [Text(x_of(at), _TOP + height + 16, str(at), anchor, "tick") for at, anchor in ticks]
    marks.append(
        Text((left + right) / 2, _TOP + height + 32, "Image in the reader's order", "middle", "tick")
    )
    return Drawing(
        "Images named as intended over the trials, %",
        "Parts of equal size in each reader's order.",
        _WIDTH,
        _TOP + height + 40,
        tuple(marks),
    )


def _names(x: float, ends: Sequence[tuple[float, str]]) -> list[Mark]:
    """Return names beside the ends of lines, moved down where they would lie on one another."""
    marks: list[Mark] = []
    last = float("-inf")
    for y, name in sorted(ends):
        last = max(y, last + _STEP)
        marks.append(Text(x, last + 4, name, "start", "value"))
    return marks
