"""Reference ranges as a table of text: reading what a laboratory keeps in a spreadsheet, and writing it back."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from datetime import date
from io import StringIO

from apps.core.csv import write_rows
from apps.core.errors import InvalidInput
from apps.review.models import OLDEST, ReferenceRange, Unit
from apps.review.signing.laboratory import MOST_RANGES, RangeValues

COLUMNS = ("class", "unit", "sex", "age_low", "age_high", "low", "high", "source", "valid_from")
LARGEST = 200_000
"""Bytes of such a file, some ten times what five hundred ranges take."""

_UNITS = {
    "percent": Unit.PERCENT,
    "%": Unit.PERCENT,
    "10^9/l": Unit.ABSOLUTE,
    "10\N{SUPERSCRIPT NINE}/l": Unit.ABSOLUTE,
    "per-100": Unit.PER_100,
    "per 100": Unit.PER_100,
}
_SHOWN = 5


def read_ranges(content: bytes) -> list[RangeValues]:
    """Return the ranges of a CSV file in UTF-8 with the header of `COLUMNS`, columns in any order.

    An empty sex is both, empty ages are no limit. Comma or semicolon between the columns; a point in decimals.

    Raises:
        InvalidInput: with the lines that make no sense, and why; nothing is read then.
    """
    if len(content) > LARGEST:
        raise InvalidInput("This file is too large for a table of ranges.", code="file")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise InvalidInput("The file is not in UTF-8: save it as “CSV UTF-8”.", code="file") from problem
    if "\x00" in text:
        raise InvalidInput("The file is no table of text.", code="file")
    first = text.split("\n", 1)[0]
    try:
        rows = list(csv.DictReader(StringIO(text), delimiter=";" if ";" in first else ",", strict=True))
    except csv.Error as problem:
        raise InvalidInput(f"The file is no table: {problem}.", code="file") from problem
    missing = set(COLUMNS) - {str(name).strip().lower() for name in (rows[0] if rows else first.split(","))}
    if missing:
        raise InvalidInput(f"The first line lacks: {', '.join(sorted(missing))}.", code="header")
    if not 1 <= len(rows) <= MOST_RANGES:
        raise InvalidInput(f"From 1 to {MOST_RANGES} ranges in a file.", code="rows")
    found, problems = [], []
    for number, row in enumerate(rows, start=2):
        values = {str(name).strip().lower(): str(value or "").strip() for name, value in row.items()}
        try:
            found.append(_values(values))
        except ValueError as problem:
            problems.append(f"line {number}: {problem}")
    if problems:
        more = f"; and {len(problems) - _SHOWN} more" if len(problems) > _SHOWN else ""
        raise InvalidInput(f"Nothing was loaded. {'; '.join(problems[:_SHOWN])}{more}.", code="lines")
    return found


def write_ranges(ranges: Iterable[ReferenceRange]) -> str:
    """Return ranges as the file that `read_ranges` reads."""
    table = StringIO()
    write_rows(
        table,
        header=COLUMNS,
        rows=(
            [
                each.cell_class,
                each.unit,
                each.sex,
                each.age_low,
                None if each.age_high >= OLDEST else each.age_high,
                each.low,
                each.high,
                each.source,
                each.valid_from.isoformat(),
            ]
            for each in ranges
        ),
    )
    return table.getvalue()


def _values(row: dict[str, str]) -> RangeValues:
    unit = _UNITS.get(row["unit"].lower())
    if unit is None:
        raise ValueError(f"unit “{row['unit']}” is none of percent, 10^9/L, per-100")
    try:
        day = date.fromisoformat(row["valid_from"])
    except ValueError as problem:
        raise ValueError(f"valid_from “{row['valid_from']}” is no day like 2026-01-31") from problem
    return RangeValues(
        cell_class=row["class"],
        unit=unit.value,
        sex=row["sex"].lower(),
        age_low=_number(row, "age_low", 0.0),
        age_high=_number(row, "age_high", OLDEST),
        low=_number(row, "low"),
        high=_number(row, "high"),
        source=row["source"],
        valid_from=day,
    )


def _number(row: dict[str, str], name: str, without: float | None = None) -> float:
    text = row[name]
    if not text and without is not None:
        return without
    try:
        return float(text)
    except ValueError as problem:
        raise ValueError(f"{name} “{text}” is no number") from problem
