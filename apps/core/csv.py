"""The one writer of CSV: what people typed can never become a formula in a spreadsheet."""

import csv
from collections.abc import Iterable, Sequence
from typing import Any, TextIO

# A spreadsheet takes a cell that begins with one of these for a formula (OWASP, "CSV Injection").
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def safe(value: Any) -> Any:
    """Return a value as it may stand in a cell: text that looks like a formula gets a leading apostrophe.

    Numbers stay numbers, so that a negative one still counts as one. None becomes an empty cell.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return value
    text = str(value)
    return (
        f"'{text}"
        if text.lstrip(" ").startswith(_FORMULA_STARTS) or text.startswith(_FORMULA_STARTS)
        else text
    )


def write_rows(stream: TextIO, *, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Write a header and rows to an open text stream; return the number of rows.

    Raises:
        ValueError: when a row has not as many cells as the header.
    """
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow([safe(name) for name in header])
    written = 0
    for row in rows:
        if len(row) != len(header):
            raise ValueError(f"Row {written + 1} has {len(row)} cells, the header has {len(header)}.")
        writer.writerow([safe(value) for value in row])
        written += 1
    return written
