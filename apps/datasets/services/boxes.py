"""Which boxes of a picture become cells, and why the others do not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from apps.datasets.models import Import
from apps.datasets.values import Odd, Remark, Shape
from ml.contracts import Box

SLACK: Final = 1.0
"""Pixels by which a box may stand out without a line on the receipt: rounding, and counting from 0 or 1."""

SMALLEST: Final = 1e-6
"""Width or height, in pixels, below which a box has no size."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """A box that becomes a cell: its class ("" for none) and what a bundle told of it."""

    box: Box
    to_class: str
    told: Mapping[str, Any]
    place: str = ""


@dataclass(slots=True)
class Judged:
    """What becomes of the boxes of one picture; ``left_out`` counts those that the mapping leaves out."""

    accepted: list[Accepted] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)
    left_out: int = 0


def judge(
    shapes: Sequence[Shape], *, width: int, height: int, mapping: Mapping[str, str], path: str
) -> Judged:
    """Sort the boxes of a picture of this size (in pixels); each is accepted, left out, or has its line."""
    judged = Judged()
    for shape in shapes:
        to = mapping[shape.name]
        if to == Import.LEAVE_OUT:
            judged.left_out += 1
            continue
        box = shape.in_pixels(width, height)
        refused = _refusal(box, width, height)
        if refused is not None:
            judged.remarks.append(Remark(path, *refused, boxes=1, place=shape.place))
            continue
        inside = (max(0.0, box[0]), max(0.0, box[1]), min(float(width), box[2]), min(float(height), box[3]))
        beyond = max(abs(a - b) for a, b in zip(box, inside, strict=True))
        if beyond > SLACK:
            words = f"The box stood out by {beyond:.1f} pixels and was cut at the border."
            judged.remarks.append(Remark(path, Odd.CUT, words, place=shape.place))
        judged.accepted.append(Accepted(inside, "" if to == Import.NO_CLASS else to, shape.more, shape.place))
    return judged


def _refusal(box: Box, width: int, height: int) -> tuple[Odd, str] | None:
    x0, y0, x1, y1 = box
    if x1 - x0 < SMALLEST or y1 - y0 < SMALLEST:
        return Odd.EMPTY_BOX, "The box has no width or no height."
    seen_x, seen_y = min(x1, width) - max(x0, 0.0), min(y1, height) - max(y0, 0.0)
    if seen_x < SMALLEST or seen_y < SMALLEST:
        return Odd.OUTSIDE, f"The box lies outside the picture of {width} x {height} pixels."
    return None
