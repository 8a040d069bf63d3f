"""Which reference range holds for a specimen, and how a count with its interval lies to it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from apps.review.models import OLDEST, Laboratory, ReferenceRange, Unit
from apps.slides.models import Specimen

_BAND = re.compile(
    r"^\s*(\d{1,3}(?:\.\d+)?)\s*(?:-|\u2013|to)\s*(\d{1,3}(?:\.\d+)?)\s*(?:y|years?)?\s*$", re.IGNORECASE
)
_FROM = re.compile(r"^\s*(?:>=|\u2265)?\s*(\d{1,3}(?:\.\d+)?)\s*\+?\s*(?:y|years?)?\s*$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Ages:
    """An age band in years, from ``low`` up to, not including, ``high``."""

    low: float
    high: float


class Verdict(StrEnum):
    """How an interval lies to a range."""

    INSIDE = "inside"
    BELOW = "below"
    ABOVE = "above"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Judgement:
    """One value with its interval, held against one range; ``value``, ``low`` and ``high`` in ``unit``."""

    unit: str
    value: float
    low: float
    high: float | None
    range: ReferenceRange
    verdict: Verdict

    @property
    def text(self) -> str:
        """Return the flag in words with the interval, "" when the whole interval lies inside the range."""
        if self.verdict == Verdict.INSIDE:
            return ""
        words = {
            Verdict.BELOW: "below the reference range",
            Verdict.ABOVE: "above the reference range",
            Verdict.OPEN: "may lie outside the reference range",
        }[self.verdict]
        return f"{words}, {in_words(self.low, self.high, self.unit)}"

    @property
    def limits(self) -> str:
        """Return the limits of the range in words."""
        return in_words(self.range.low, self.range.high, self.unit)


def in_words(low: float, high: float | None, unit: str) -> str:
    """Return two ends with their unit, such as "3.1-7.6 %"."""
    suffix = {Unit.PERCENT.value: " %", Unit.ABSOLUTE.value: f" {Unit.ABSOLUTE.label}"}.get(
        unit, f" {Unit.PER_100.label}"
    )
    digits = 2 if unit == Unit.ABSOLUTE else 1
    upper = "no upper end" if high is None else f"{high:.{digits}f}"
    return f"{low:.{digits}f}\N{EN DASH}{upper}{suffix}"


def ages_in(band: str) -> Ages | None:
    """Return the ages that a specimen's band names, None when it names none that can be read.

    "40-49" is everybody of 40 up to the fiftieth birthday; "65+" from 65; "7" the year from 7 to 8.
    """
    found = _BAND.match(band)
    if found:
        low, high = float(found[1]), float(found[2])
        return Ages(low, min(high + 1, OLDEST)) if low <= high < OLDEST else None
    found = _FROM.match(band)
    if found:
        low = float(found[1])
        if low >= OLDEST:
            return None
        open_end = "+" in band or ">" in band or "\u2265" in band
        return Ages(low, OLDEST if open_end else low + 1)
    return None


def in_force(laboratory: Laboratory | None, on: date) -> list[ReferenceRange]:
    """Return the laboratory's ranges that hold on a day: not ended, and begun."""
    if laboratory is None:
        return []
    return list(laboratory.ranges.filter(ended_at__isnull=True, valid_from__lte=on).order_by("pk"))


def chosen(
    ranges: Iterable[ReferenceRange], *, cell_class: str, unit: str, specimen: Specimen
) -> ReferenceRange | None:
    """Return the range that holds for the specimen, None without one.

    A range for an age band needs a specimen whose whole band lies in it, one for a sex a specimen of that sex: where
    the laboratory did not say, none but the general range holds. Of several the one for the sex goes before the
    one for both, then the narrower band, then the one valid from the later day.
    """
    ages = ages_in(specimen.age_band)
    fitting = [
        each
        for each in ranges
        if each.cell_class == cell_class
        and each.unit == unit
        and each.sex in {"", specimen.sex}
        and _holds(each, ages)
    ]
    if not fitting:
        return None
    return max(
        fitting,
        key=lambda each: (each.sex != "", -(each.age_high - each.age_low), each.valid_from, each.pk or 0),
    )


def _holds(each: ReferenceRange, ages: Ages | None) -> bool:
    if each.age_low <= 0 and each.age_high >= OLDEST:
        return True
    return ages is not None and each.age_low <= ages.low and ages.high <= each.age_high


def judge(*, unit: str, value: float, low: float, high: float | None, held: ReferenceRange) -> Judgement:
    """Hold a value with its interval against a range.

    Below or above only when the whole interval is; inside only when all of it is; else open: the limit lies in the
    interval, and the count does not say on which side of it the truth is.
    """
    if high is not None and high < held.low:
        verdict = Verdict.BELOW
    elif low > held.high:
        verdict = Verdict.ABOVE
    elif low >= held.low and high is not None and high <= held.high:
        verdict = Verdict.INSIDE
    else:
        verdict = Verdict.OPEN
    return Judgement(unit, value, low, high, held, verdict)


def range_json(held: ReferenceRange) -> dict[str, Any]:
    """Return a range by value, as a report keeps it."""
    return {
        "id": str(held.public_id),
        "class": held.cell_class,
        "unit": held.unit,
        "sex": held.sex,
        "age_low": held.age_low,
        "age_high": None if held.age_high >= OLDEST else held.age_high,
        "low": held.low,
        "high": held.high,
        "source": held.source,
        "valid_from": held.valid_from.isoformat(),
    }


def not_applied(ranges: Sequence[ReferenceRange], specimen: Specimen) -> str:
    """Return why ranges are left out for what the specimen does not say, "" when none is."""
    lacking = []
    if any(each.sex for each in ranges) and not specimen.sex:
        lacking.append("sex")
    if (
        any(each.age_low > 0 or each.age_high < OLDEST for each in ranges)
        and ages_in(specimen.age_band) is None
    ):
        lacking.append("age band")
    if not lacking:
        return ""
    return f"Ranges for a certain {' or '.join(lacking)} are not applied: the specimen says nothing of it."
