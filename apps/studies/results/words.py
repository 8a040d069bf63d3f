"""Figures in words: the same on the page, in the PDF and in sentences."""

from __future__ import annotations

from apps.studies.results.shapes import CANNOT_TELL, OTHER, Figure, Share

_DASH = "\N{EN DASH}"
_MINUS = "\N{MINUS SIGN}"
NONE = _DASH


def percent(share: float | None, *, sign: bool = False) -> str:
    """Return a share as per cent with one decimal and without the sign for per cent."""
    if share is None:
        return NONE
    text = f"{abs(100 * share):.1f}"
    negative = share < 0 and text != "0.0"
    return (_MINUS if negative else "+" if sign and text != "0.0" else "") + text


def points(difference: float | None) -> str:
    """Return a difference of shares in percentage points, always with its sign."""
    return percent(difference, sign=True)


def between(low: float | None, high: float | None) -> str:
    """Return an interval of shares as "88.8 to 97.8 %"; a dash without one."""
    return NONE if low is None or high is None else f"{percent(low)} to {percent(high)} %"


def points_between(low: float | None, high: float | None) -> str:
    """Return an interval of differences in percentage points, each end with its sign."""
    return NONE if low is None or high is None else f"{points(low)} to {points(high)} points"


def share(found: Share | None) -> str:
    """Return hits, n and per cent with its interval, as "47 of 50, 94.0 % (83.8 to 97.9 %)"."""
    if found is None or found.value is None:
        return NONE
    return f"{found.hits} of {found.n}, {percent(found.value)} % ({percent(found.low)} to {percent(found.high)} %)"


def counts(found: Share | None) -> str:
    """Return hits, n and per cent without an interval."""
    if found is None or found.value is None:
        return NONE
    return f"{found.hits} of {found.n}, {percent(found.value)} %"


def images(found: Share) -> str:
    """Return a share of images as a sentence says it: "95 of 100 images: 95.0 % (95 % interval 88.8 to 97.8 %)"."""
    return (
        f"{found.hits} of {found.n} images: {percent(found.value)} % "
        f"(95 % interval {between(found.low, found.high)})"
    )


def number(value: float | None, digits: int = 2) -> str:
    """Return a plain figure, with a minus sign that is one."""
    if value is None:
        return NONE
    text = f"{abs(value):.{digits}f}"
    return _MINUS + text if value < 0 and float(text) else text


def figure(found: Figure | None, digits: int = 2) -> str:
    """Return a figure with its interval, or with why it has none."""
    if found is None or found.value is None:
        return found.note if found is not None and found.note else NONE
    if found.low is None or found.high is None:
        return number(found.value, digits) + (f" ({found.note})" if found.note else "")
    return f"{number(found.value, digits)} ({number(found.low, digits)} to {number(found.high, digits)})"


def p_value(p: float | None) -> str:
    """Return "p = 0.57", never a p of nil."""
    if p is None:
        return ""
    if p < 0.001:
        return "p < 0.001"
    return f"p = {p:.3f}" if p < 0.1 else f"p = {min(p, 1.0):.2f}"


def p_only(p: float | None) -> str:
    """Return the value of p for a column of a table."""
    return NONE if p is None else p_value(p).removeprefix("p ").removeprefix("= ")


def seconds(value: float | None) -> str:
    """Return seconds with one decimal, without the unit."""
    return NONE if value is None else f"{value:.1f}"


def title(name: str, titles: dict[str, str] | None = None) -> str:
    """Return what people call a class or an answer."""
    if name == OTHER:
        return "Other"
    if name == CANNOT_TELL:
        return "Cannot tell"
    return (titles or {}).get(name, name.replace("-", " ").capitalize())


def counted(n: int, one: str, many: str = "") -> str:
    """Return "1 reader", "3 readers"."""
    return f"{n} {one if n == 1 else many or one + 's'}"


def listed(names: list[str]) -> str:
    """Return names as a sentence lists them."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}" if names else ""
