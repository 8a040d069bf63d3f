"""Durations and rates in words."""


def duration(seconds: float) -> str:
    """Return a duration as a person says it: "12 s", "4 min", "2 h 5 min", "3 days"."""
    if seconds < 1:
        return "less than 1 s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes = round(whole / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    return f"{round(hours / 24)} days"


def rate_in_words(per_second: float, unit: str) -> str:
    """Return a rate in the unit of time that gives a number above one: "2.4 fields a second"."""
    for span, name in ((1, "second"), (60, "minute")):
        if per_second * span >= 1:
            return f"{_short(per_second * span)} {unit} a {name}"
    return f"{_short(per_second * 3600)} {unit} an hour"


def _short(number: float) -> str:
    return f"{number:.1f}" if number < 10 else f"{number:.0f}"
