"""The one writer of CSV: what people typed can never become a formula in a spreadsheet."""

import csv
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TextIO

# A spreadsheet takes a cell that begins with one of these for a formula (OWASP, "CSV Injection"); the wide ones are
# those of East Asian keyboards.
_FORMULA_STARTS = frozenset("=+-@\uff1d\uff0b\uff0d\uff20")
# Controls and marks without a shape (Unicode's general categories).
_WITHOUT_SHAPE = frozenset({"Cc", "Cf"})
# Where a program that expects another separator begins a cell.
_SEPARATORS = re.compile(r"([;\t\r\n])")


def safe(value: Any) -> Any:
    """Return a value as it may stand in a cell: before what looks like a formula, in text, stands an apostrophe.

    Numbers stay numbers, so that a negative one still counts as one. None becomes an empty cell.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return value
    first, *others = _SEPARATORS.split(str(value))
    # Behind another program's separator quotes vanish.
    text = _kept_as_text(first) + "".join(_kept_as_text(part, quotes=True) for part in others)
    return f"'{text}" if text.startswith(("\t", "\r", "\n")) else text


def _kept_as_text(part: str, *, quotes: bool = False) -> str:
    for character in part:
        if character in _FORMULA_STARTS:
            return f"'{part}"
        if not _is_unseen(character) and not (quotes and character == '"'):
            return part
    return part


def _is_unseen(character: str) -> bool:
    return character.isspace() or unicodedata.category(character) in _WITHOUT_SHAPE


def lines(*, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """Yield a header and rows as lines of a CSV file, each with its line end; for answers that are sent piece by piece.

    Raises:
        ValueError: when a row has not as many cells as the header.
    """
    writer = csv.writer(_Echo(), lineterminator="\r\n")
    yield writer.writerow([safe(name) for name in header])
    for number, row in enumerate(rows, start=1):
        if len(row) != len(header):
            raise ValueError(f"Row {number} has {len(row)} cells, the header has {len(header)}.")
        yield writer.writerow([safe(value) for value in row])


def write_rows(stream: TextIO, *, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Write a header and rows to an open text stream; return the number of rows.

    Raises:
        ValueError: as ``lines``.
    """
    written = -1  # the header is no row
    for line in lines(header=header, rows=rows):
        stream.write(line)
        written += 1
    return written


class _Echo:
    """What the standard library's writer takes for a file: it hands back what is written."""

    @staticmethod
    def write(text: str) -> str:
        return text
