"""A report as CSV."""

from __future__ import annotations

from io import StringIO

from apps.core.csv import write_rows
from apps.review.models import Report
from apps.review.report.contents import moment, pseudonym, shown, sources
from apps.review.signing.frozen import RESEARCH_USE

COLUMNS = (
    "report",
    "specimen",
    "class",
    "role",
    "n",
    "labelled",
    "accepted",
    "percent",
    "low",
    "high",
    "absolute",
    "absolute_low",
    "absolute_high",
    "range",
    "verdict",
    "flags",
)


def report_as_csv(report: Report) -> str:
    """Return a report as CSV: a row for each class, then what the count rests on as pairs of name and value.

    Per cent of leukocytes, for nucleated red cells per 100 leukocytes; ``low`` and ``high`` the 95 % interval;
    absolute counts in 10^9/L. No title of a slide or field, for these are names of files at first.
    """
    found = shown(report)
    table = StringIO()
    write_rows(
        table,
        header=COLUMNS,
        rows=(
            [
                report.short_id,
                pseudonym(report),
                row["class"],
                row["role"],
                row["n"],
                row["labelled"],
                row["suggested"],
                row["percent"],
                row["low"],
                row["high"],
                *(row["absolute"] or {"value": None, "low": None, "high": None}).values(),
                "; ".join(each["limits"] for each in row["ranges"]),
                "; ".join(each["verdict"] for each in row["ranges"]),
                "; ".join(row["flags"]),
            ]
            for row in found.rows
        ),
    )
    pairs = [
        *found.facts,
        *(("Signed", f"{each.name}, {moment(each.at)}") for each in found.signed),
        ("State", found.state),
        *(("Source of ranges", source) for source in sources(found.rows)),
        *(("Note", note) for note in found.notes),
        ("Digest", found.digest),
        ("Use", RESEARCH_USE),
    ]
    write_rows(table, header=("about", "value"), rows=pairs)
    return table.getvalue()
