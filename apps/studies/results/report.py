"""The results of a study as PDF: the sections of the page, in grey print as well."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from apps.core import pdf
from apps.core.pdf import table, text
from apps.registry.selectors import classes_for
from apps.studies.audit import AuditReport
from apps.studies.results.contents import Section, sections
from apps.studies.results.contents.blocks import Heat, Table
from apps.studies.results.drawing import Drawing
from apps.studies.results.facts import RESEARCH_USE, SIMULATED
from apps.studies.results.printing import flowable

if TYPE_CHECKING:
    from apps.studies.results.files import Source

_WIDTH = 499.0  # points between the margins
_KINDS = {"finding": "Shown", "open": "Not shown", "caution": "Note"}


def report_as_pdf(source: Source, *, software: str) -> bytes:
    """Return the report of an unblinded study as PDF (A4); the same result gives the same bytes.

    Raises:
        Conflict: the results have not been worked out yet.
    """
    study, result = source.study, source.result
    titles = {one.name: one.title for one in classes_for(study.project)}
    found = sections(
        result, source.facts, AuditReport.from_json(study.audit), titles=titles, software=software
    )
    styles = pdf.styles()
    story = [
        text(study.title, styles["title"]),
        text(RESEARCH_USE, styles["strong"]),
        *([text(SIMULATED, styles["strong"])] if source.facts.simulated else []),
        text("What the data allow to be said", styles["heading"]),
    ]
    story += [text(f"{_KINDS[one.kind]}: {one.text}", styles["body"]) for one in result.sentences]
    for section in found:
        story += _section(section, styles)
    return pdf.document(story, title=study.title, subject=RESEARCH_USE, footer=f"Study {study.digest[:8]}")


def _section(section: Section, styles: dict[str, Any]) -> list[Any]:
    from reportlab.platypus import Spacer

    story: list[Any] = [Spacer(0, 12), text(section.title, styles["heading"])]
    story += [text(each, styles["body"]) for each in section.words]
    for drawing in section.drawings:
        story += [
            Spacer(0, 4),
            flowable(drawing, width=_WIDTH),
            text(" ".join([f"{drawing.title}.", drawing.about, *_legend(drawing)]), styles["small"]),
        ]
    for each in section.tables:
        story += [Spacer(0, 6), text(each.caption, styles["strong"])]
        story.append(_heat(each, styles) if isinstance(each, Heat) else _table(each, styles))
    story += [text(each, styles["small"]) for each in section.items]
    return story


def _legend(drawing: Drawing) -> list[str]:
    """Return which mark is what, in words."""
    return [
        f"{'Hollow' if style.endswith('--hollow') else 'Filled'} {shape}: {words}."
        for style, shape, words in drawing.legend
    ]


def _table(found: Table, styles: dict[str, Any]) -> Any:
    rows = [[text(name, styles["label"]) for name in found.header]]
    rows += [[text(cell, styles["body"]) for cell in row] for row in found.rows]
    return table(rows, widths=_widths(found), lines=True)


def _widths(found: Table) -> list[float]:
    """Return widths of columns by what stands in them."""
    columns = list(zip(found.header, *found.rows, strict=True))
    shares = [_needed(column) for column in columns]
    return [_WIDTH * n / sum(shares) for n in shares]


def _needed(column: Sequence[str]) -> float:
    """Return how wide a column wants to be, in letters: no word is broken, long text may wrap."""
    word = max(len(word) for cell in column for word in (cell or "-").split())
    return max(5, word + 2, min(60, max(map(len, column))) / 2)


def _heat(found: Heat, styles: dict[str, Any]) -> Any:
    """Return a matrix as a table in grey: darker the larger the share of the row, the diagonal outlined."""
    from reportlab.lib import colors
    from reportlab.platypus import Table as Grid
    from reportlab.platypus import TableStyle

    head = [text(name, styles["small"]) for name in ("", *found.columns, "Sum")]
    rows = [head]
    commands: list[tuple[Any, ...]] = [
        ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
        ("INNERGRID", (1, 1), (-2, -1), 0.25, colors.white),
        ("LEFTPADDING", (0, 0), (-1, -1), 3),
        ("RIGHTPADDING", (0, 0), (-1, -1), 3),
    ]
    for number, (name, cells, total) in enumerate(found.rows, start=1):
        shown = [
            text(f"{cell.count} ({cell.percent})" if cell.count else "0", styles["body"]) for cell in cells
        ]
        rows.append([text(name, styles["body"]), *shown, text(str(total), styles["body"])])
        for at, cell in enumerate(cells, start=1):
            place = (at, number)
            grey = 1 - 0.045 * cell.level
            commands.append(("BACKGROUND", place, place, colors.Color(grey, grey, grey)))
            if cell.right:
                commands.append(("BOX", place, place, 1, colors.black))
    first = 90.0
    rest = (_WIDTH - first) / (len(found.columns) + 1)
    return Grid(
        rows,
        colWidths=[first, *[rest] * (len(found.columns) + 1)],
        style=TableStyle(commands),
        repeatRows=1,
        hAlign="LEFT",
    )
