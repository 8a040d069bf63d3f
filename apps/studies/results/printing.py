"""Drawings in print: the marks of a drawing as ReportLab draws them. Greys, dashes and shapes carry the differences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from apps.studies.results.drawing import Area, Drawing, Line, Mark, Text, outline

_FONT = 11.0  # pixels of the drawing, as the page's style sheet has it


@dataclass(frozen=True, slots=True)
class Pen:
    """How a style is printed: grey level of stroke and fill (0 black, 1 white), width, dashes."""

    stroke: float | None = 0.0
    fill: float | None = None
    width: float = 1.5
    dash: tuple[int, ...] | None = None


_PENS: Mapping[str, Pen] = {
    "grid": Pen(0.85, width=0.5),
    "guide": Pen(0.35, width=1.0, dash=(4, 3)),
    "flow": Pen(0.0, width=1.0),
    "band": Pen(None, 0.9),
    "all": Pen(0.0, 0.0),
    "all-whisker": Pen(0.0),
    "all-curve": Pen(0.0, width=2.5),
    "real": Pen(0.0, 0.0),
    "real-whisker": Pen(0.0),
    "synthetic": Pen(0.0, 0.75),
    "synthetic-whisker": Pen(0.45),
    "published--hollow": Pen(0.3, 1.0, width=1.0),
    "published-whisker": Pen(0.6, width=1.0, dash=(2, 2)),
    "curve-0": Pen(0.0, 0.0),
    "curve-1": Pen(0.0, 0.0, dash=(6, 3)),
    "curve-2": Pen(0.0, 0.0, dash=(2, 2)),
    "curve-3": Pen(0.5, 0.5),
    "curve-4": Pen(0.5, 0.5, dash=(6, 3)),
    "curve-5": Pen(0.5, 0.5, dash=(2, 2)),
}
_PLAIN = Pen(0.3, width=1.0)


def flowable(drawing: Drawing, *, width: float) -> Any:
    """Return a drawing as a flowable, at most ``width`` points wide."""
    from reportlab.graphics.shapes import Drawing as Shapes
    from reportlab.graphics.shapes import Group

    scale = min(0.75, width / drawing.width)  # a pixel of the page is three quarters of a point
    group = Group(
        *(_shape(mark, drawing.height) for mark in drawing.marks), transform=(scale, 0, 0, scale, 0, 0)
    )
    made = Shapes(drawing.width * scale, drawing.height * scale)
    made.add(group)
    return made


def _shape(mark: Mark, height: float) -> Any:
    """Return a mark as a shape; there y grows upwards."""
    from reportlab.graphics import shapes

    if isinstance(mark, Text):
        return shapes.String(
            mark.x,
            height - mark.y,
            mark.text,
            textAnchor=mark.anchor,
            fontName="wbcweb",
            fontSize=_FONT,
            fillColor=_grey(0.25 if mark.style == "tick" else 0.0),
        )
    look = _look(_PENS.get(mark.style, _PLAIN))
    if isinstance(mark, Line):
        return shapes.PolyLine(_flat(mark.points, height), **{**look, "fillColor": None})
    if isinstance(mark, Area):
        return shapes.Polygon(_flat(mark.points, height), **look)
    if mark.shape == "circle":
        return shapes.Circle(mark.x, height - mark.y, mark.size, **look)
    return shapes.Polygon(_flat(outline(mark), height), **look)


def _flat(points: tuple[tuple[float, float], ...], height: float) -> list[float]:
    return [value for x, y in points for value in (x, height - y)]


def _look(pen: Pen) -> dict[str, Any]:
    return {
        "strokeColor": _grey(pen.stroke),
        "fillColor": _grey(pen.fill),
        "strokeWidth": pen.width,
        "strokeDashArray": list(pen.dash) if pen.dash else None,
    }


def _grey(level: float | None) -> Any:
    from reportlab.lib.colors import Color

    return None if level is None else Color(level, level, level)
