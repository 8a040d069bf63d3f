"""A report as PDF: one page or few, readable in grey print, searchable text, no picture of a cell."""

from __future__ import annotations

from typing import Any

from apps.core import pdf
from apps.core.pdf import table, text
from apps.review.models import Report
from apps.review.report.contents import Shown, absolute, interval, moment, ranges, share, shown, sources


def report_as_pdf(report: Report) -> bytes:
    """Return a report as PDF (A4). The same report gives the same bytes."""
    found = shown(report)
    return pdf.document(
        _story(found, pdf.styles()),
        title=found.title,
        subject=found.research_use,
        footer=f"Report {report.short_id}",
    )


def _story(found: Shown, styles: dict[str, Any]) -> list[Any]:
    from reportlab.platypus import Spacer

    def say(words: str, style: str = "body") -> Any:
        return text(words, styles[style])

    story = [say(found.title, "title"), say(found.research_use, "strong"), say(f"State: {found.state}")]
    story += [Spacer(0, 8), _facts(found, styles), Spacer(0, 10)]
    story += [say(f"Differential of {found.leukocytes} leukocytes", "heading"), _counts(found, styles)]
    story += [Spacer(0, 10), say("Flags", "heading")]
    if found.flags:
        story += [say(f"\N{BULLET} {flag}") for flag in found.flags]
    else:
        judged = any(row["ranges"] for row in found.rows)
        story.append(say("None." if judged else "None: no reference range was held against this count."))
    story += [Spacer(0, 10), say("Signatures", "heading")]
    story += [say(f"{each.name}, {moment(each.at)}") for each in found.signed]
    if found.missing:
        story.append(say("A second signature is missing.", "strong"))
    story += [Spacer(0, 10), say("Notes", "heading")]
    story += [say(note, "small") for note in found.notes]
    story += [say(f"Source of ranges: {source}", "small") for source in sources(found.rows)]
    story.append(say(f"SHA-256 of what was signed: {found.digest}", "small"))
    return story


def _facts(found: Shown, styles: dict[str, Any]) -> Any:
    rows = [[text(name, styles["label"]), text(value, styles["body"])] for name, value in found.facts]
    return table(rows, widths=[110, 389], lines=False)


def _counts(found: Shown, styles: dict[str, Any]) -> Any:
    head = ["Class", "n", "%", "95 % interval", "10\N{SUPERSCRIPT NINE}/L (interval)", "Reference range"]
    rows = [[text(words, styles["label"]) for words in head]]
    for row in found.rows:
        if not row["n"] and row["role"] != "leukocyte":
            continue
        cells = [
            row["title"],
            str(row["n"]),
            share(row),
            interval(row),
            absolute(row),
            ranges(row),
        ]
        rows.append([text(words, styles["body"]) for words in cells])
    return table(rows, widths=[112, 34, 66, 76, 116, 95], lines=True)
