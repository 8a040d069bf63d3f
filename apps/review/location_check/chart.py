"""The control chart of closed checks, one for each stain and device, drawn here as plain figures for an SVG."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from uuid import UUID

from apps.review.location_check.selectors import LEAST_SHARE, Tally, in_words, tally_of
from apps.review.models import LocationCheck

LIMITS_FROM = 5
"""From so many checks on there are limits: before, the centre says too little. They stay provisional until about 20
(NIST/SEMATECH e-Handbook of Statistical Methods, 6.3)."""

WIDTH, HEIGHT = 720, 240
LEFT, RIGHT, TOP, BOTTOM = 52, 12, 12, 34
MOST_POINTS = 60
"""The newest so many checks are drawn; the table and the file hold all."""


@dataclass(frozen=True, slots=True)
class Point:
    """One closed check; coordinates in units of the SVG, written out as it wants them.

    ``state`` is ok, low (below 95 %), out (of control) or few (cells).
    """

    check: UUID
    at: datetime
    words: str
    state: str
    x: str
    y: str
    low_y: str
    high_y: str
    lower_y: str | None
    left: str
    right: str


@dataclass(frozen=True, slots=True)
class Tick:
    """A line across the chart with its number."""

    y: str
    text: str


@dataclass(frozen=True, slots=True)
class Chart:
    """All that is drawn for one stain and device."""

    title: str
    words: str
    warning: bool
    points: list[Point]
    ticks: list[Tick]
    centre_y: str | None
    least_y: str
    provisional: bool
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    text_x: int = LEFT - 8
    text_y: int = HEIGHT - 12


def charts(checks: Iterable[LocationCheck]) -> list[Chart]:
    """Return the charts of a project's closed checks, those with the newest check first."""

    def group(check: LocationCheck) -> tuple[str, int]:
        return check.stain, check.device_id or 0

    closed = [check for check in checks if check.closed_at is not None]
    closed.sort(key=lambda check: (group(check), check.closed_at, check.pk))
    groups = [list(members) for _, members in groupby(closed, key=group)]
    groups.sort(key=lambda members: members[-1].pk, reverse=True)
    return [_chart(members) for members in groups]


def _chart(checks: list[LocationCheck]) -> Chart:
    tallies = [tally_of(check) for check in checks]
    enough = [tally for tally in tallies if not tally.needed]
    centre = _pooled(enough) if len(enough) >= LIMITS_FROM else None
    shown = list(zip(checks, tallies, strict=True))[-MOST_POINTS:]
    limits = [_lower_limit(centre, tally) for _, tally in shown]
    lowest = min(
        [LEAST_SHARE, *(tally.interval[0] for _, tally in shown if tally.interval), *(v for v in limits if v)]
    )
    floor = max(0.0, int(lowest * 20) / 20 - 0.05)
    step = (WIDTH - LEFT - RIGHT) / max(len(shown), 8)

    def y(share: float) -> str:
        return f"{TOP + (1 - share) / (1 - floor) * (HEIGHT - TOP - BOTTOM):.1f}"

    points = []
    for number, ((check, tally), limit) in enumerate(zip(shown, limits, strict=True)):
        low, high = tally.interval or (0.0, 1.0)
        left = LEFT + number * step
        points.append(
            Point(
                check=check.public_id,
                at=check.closed_at or check.created_at,
                words=sentence(tally),
                state=state_of(tally, limit),
                x=f"{left + step / 2:.1f}",
                y=y(tally.share or 0.0),
                low_y=y(low),
                high_y=y(high),
                lower_y=None if limit is None else y(limit),
                left=f"{left:.1f}",
                right=f"{left + step:.1f}",
            )
        )
    newest, last = shown[-1][1], points[-1]
    return Chart(
        title=in_words(checks[-1].stain, checks[-1].device_name),
        words=_verdict(newest, last.state),
        warning=last.state in {"low", "out"},
        points=points,
        ticks=_ticks(floor, y),
        centre_y=None if centre is None else y(centre),
        least_y=y(LEAST_SHARE),
        provisional=centre is not None and len(enough) < 20,
    )


def state_of(tally: Tally, lower_limit: float | None) -> str:
    """Return how a check stands: few cells, low, out of control, or ok."""
    if tally.needed:
        return "few"
    if tally.too_low:
        return "low"
    if lower_limit is not None and tally.share is not None and tally.share < lower_limit:
        return "out"
    return "ok"


def sentence(tally: Tally) -> str:
    """Return what a check found, in one sentence."""
    if tally.share is None or tally.interval is None:
        return "No white cell was seen yet."
    low, high = tally.interval
    return (
        f"{100 * tally.share:.1f} % found ({tally.found} of {tally.cells}; "
        f"95 % interval {100 * low:.1f} to {100 * high:.1f} %)"
    )


def _verdict(tally: Tally, state: str) -> str:
    newest = f"Newest check: {sentence(tally)}."
    if state == "few":
        return f"{newest} {tally.needed} more cells are needed to judge it."
    if state == "low":
        return f"{newest} That is below {100 * LEAST_SHARE:.0f} %: look at stain and focus, and at cells by hand."
    if state == "out":
        return f"{newest} That is below the control limit: something has changed."
    return newest


def _pooled(tallies: list[Tally]) -> float:
    return sum(tally.found for tally in tallies) / sum(tally.cells for tally in tallies)


def _lower_limit(centre: float | None, tally: Tally) -> float | None:
    if centre is None or not tally.cells:
        return None
    from ml.metrics.control_chart import p_chart_limits  # here: no process pays for it that shows no chart

    return p_chart_limits(centre, tally.cells)[0]


def _ticks(floor: float, y: Callable[[float], str]) -> list[Tick]:
    steps = round((1 - floor) / 0.05)
    every = max(1, -(-steps // 5))
    shares = [1 - 0.05 * number for number in range(0, steps + 1, every)]
    return [Tick(y(share), f"{100 * share:.0f} %") for share in shares]
