"""What a design amounts to while it is being made: sums, what is missing, what so many images can show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from apps.accounts.models import Project
from apps.registry.selectors import classes_for
from apps.studies import draw
from apps.studies.protocol import REAL, REALISM, SYNTHETIC, Protocol, alike_in_origin
from ml.metrics.intervals import wilson

if TYPE_CHECKING:
    from ml.metrics import power

SECONDS_PER_IMAGE: Final = 14
"""A reader's time for one image, break included: studies of 115 images take 25 to 30 minutes."""

_ROUND_TO_MINUTES: Final = 5
_EXPECTED: Final = 0.95
"""The share of classes told rightly that JUNG22 found; what a fall from it would take is said beside the table."""


@dataclass(frozen=True, slots=True)
class PowerTableView:
    """A table of what so many images can show: a column for one class, one reader, all readers."""

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class PowerView:
    """What so many images can and cannot show, in sentences and in tables."""

    sentences: tuple[str, ...]
    tables: tuple[PowerTableView, ...]


@dataclass(frozen=True, slots=True)
class Check:
    """What a page shows beside a design."""

    sums: list[tuple[str, str]]
    problems: list[str]
    remarks: list[str] = field(default_factory=list)
    power: PowerView | None = None


def check(project: Project, protocol: Protocol, *, complaints: Sequence[str] = ()) -> Check:
    """Return what a design amounts to; ``complaints`` are what the form has to say first."""
    names = [cell_class.name for cell_class in classes_for(project)]
    problems = [*complaints, *protocol.problems(names)]
    if not problems:
        problems = draw.shortages(project, protocol)
    return Check(sums=sums(protocol), problems=problems, remarks=_remarks(protocol), power=power_of(protocol))


def sums(protocol: Protocol) -> list[tuple[str, str]]:
    """Return the numbers of a design with their names, as a reader would meet them."""
    further = [
        ("hidden repeats", protocol.repeated),
        ("controls", protocol.controls),
        ("practice images", protocol.practice),
    ]
    lines = [("Images that count", f"{protocol.counted:,}")]
    lines += [(arm.name, f"{sum(arm.per_class.values()):,} {arm.origin}") for arm in protocol.arms]
    lines += [("Beside them", ", ".join(f"{n} {words}" for words, n in further if n) or "nothing")]
    shown = protocol.trials + protocol.practice
    lines.append(("Time for a reader", minutes(shown)))
    if protocol.sittings > 1:
        gap = protocol.sitting_gap_days
        lines.append(
            ("Second sitting", f"{minutes(protocol.trials)}, {gap} day{'s' if gap != 1 else ''} later")
        )
    return lines


def minutes(images: int) -> str:
    """Return about how long so many images take, in words."""
    exact = images * SECONDS_PER_IMAGE / 60
    return f"about {max(_ROUND_TO_MINUTES, _ROUND_TO_MINUTES * round(exact / _ROUND_TO_MINUTES))} minutes"


def _remarks(protocol: Protocol) -> list[str]:
    lines = list(alike_in_origin(protocol))
    origins = {arm.origin for arm in protocol.arms}
    if REALISM in protocol.questions and origins == {REAL}:
        lines.append("All arms are real: a question about realism then only measures suspicion.")
    if REALISM in protocol.questions and protocol.sittings == 1:
        lines.append(
            "Whoever is asked how real a cell looks knows that some may not be. "
            "A second sitting keeps the class answers free of that."
        )
    if not protocol.repeats:
        lines.append("Without hidden repeats nobody learns whether a reader would answer the same again.")
    lines.append("Images that look almost alike are taken once; how many those are is known after preparing.")
    return lines


def power_of(protocol: Protocol) -> PowerView | None:
    """Return what a design can show; None while it has no image."""
    per_origin = {
        origin: sum(sum(arm.per_class.values()) for arm in protocol.arms if arm.origin == origin)
        for origin in (REAL, SYNTHETIC)
    }
    if not sum(per_origin.values()):
        return None
    from ml.metrics import power  # and scipy with it, which most processes never need

    found = power.table(
        real=per_origin[REAL],
        synthetic=per_origin[SYNTHETIC],
        classes=max(1, len(protocol.classes)),
        readers=protocol.readers,
        margin=protocol.margin,
        accuracy=_EXPECTED,
    )
    tables = []
    if found.realism and REALISM in protocol.questions:
        tables.append(_told_apart(found))
    if found.classes:
        tables.append(_class_accuracy(found))
    else:
        tables.append(_one_origin(sum(per_origin.values()), max(1, len(protocol.classes))))
    return PowerView(sentences=tuple(_sentences(protocol, found)), tables=tuple(tables))


def _told_apart(found: power.PowerTable) -> PowerTableView:
    header = ["", "Images", "Guessing ruled out at", "Accuracy found", "Interval at one half"]
    if found.margin:
        header.append("Guessing shown at")
    rows = []
    for row in found.realism:
        counts = "never" if row.at_least is None else f"≤ {row.at_most} or ≥ {row.at_least}"
        values = [
            row.label,
            f"{row.n:,}",
            counts,
            "never" if row.detectable is None else f"from {percent(row.detectable)}",
            f"{percent(row.low)} to {percent(row.high)}",
        ]
        if found.margin:
            both = row.equivalent
            values.append("never" if both is None else f"{both[0]} to {both[1]}")
        rows.append(tuple(values))
    return _turned("Telling real from synthetic", header, rows)


def _class_accuracy(found: power.PowerTable) -> PowerTableView:
    header = [
        "",
        "Real, synthetic",
        f"Fall found from {percent(_EXPECTED)}",
        f"Interval at {percent(_EXPECTED)}",
    ]
    if found.margin:
        header.append("Alike up to")
    rows = []
    for row in found.classes:
        values = [
            row.label,
            f"{row.real:,}, {row.synthetic:,}",
            "never" if row.detectable is None else f"to {percent(row.detectable)}",
            f"{percent(row.low)} to {percent(row.high)}",
        ]
        if found.margin:
            values.append("never" if row.widest is None else f"{percent(row.widest)} apart")
        rows.append(tuple(values))
    return _turned("Class on real and on synthetic images", header, rows)


def _one_origin(n: int, classes: int) -> PowerTableView:
    rows = []
    for label, images in (("One class, one reader", max(1, round(n / classes))), ("One reader", n)):
        low, high = wilson(round(_EXPECTED * images), images)
        rows.append((label, f"{images:,}", f"{percent(low)} to {percent(high)}"))
    return _turned("Share classed rightly", ["", "Images", f"Interval at {percent(_EXPECTED)}"], rows)


def _turned(title: str, header: Sequence[str], columns: Sequence[tuple[str, ...]]) -> PowerTableView:
    """Return a table of columns; beside the form there is room for three, and not for six."""
    first, *rows = zip(header, *columns, strict=True)
    return PowerTableView(title, tuple(name.removesuffix(", one reader") for name in first), tuple(rows))


def _sentences(protocol: Protocol, found: power.PowerTable) -> list[str]:
    lines = []
    if found.classes and (row := next((one for one in found.classes if one.label == "One reader"), None)):
        if row.detectable is None:
            lines.append("So few images cannot show any difference between real and synthetic cells.")
        else:
            lines.append(
                f"If a reader classes {percent(_EXPECTED)} of the real cells rightly, a fall on synthetic ones is "
                f"found in four studies of five only when it goes to {percent(row.detectable)}."
            )
    if found.margin is None:
        lines.append("Without a margin the report never says that the arms are alike.")
    elif not any(row.widest is not None for row in found.classes) and found.classes:
        lines.append(
            f"No result of so few images shows that a difference is smaller than {percent(found.margin)}: take more "
            "images or a wider margin."
        )
    if protocol.readers > 1:
        lines.append(
            f"{found.answers:,} answers of {found.readers} readers are worth about {found.worth:,}, since all see "
            f"the same images (a correlation of {found.correlation:g} is assumed)."
        )
    return lines


def percent(share: float) -> str:
    """Return a share in per cent, without a decimal."""
    return f"{100 * share:.0f} %"
