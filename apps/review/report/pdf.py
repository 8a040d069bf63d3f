"""A report as PDF: one page or few, readable in grey print, searchable text, no picture of a cell."""

from __future__ import annotations

from functools import lru_cache
from html import escape
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import Any

from apps.review.models import Report
from apps.review.report.contents import Shown, absolute, interval, moment, ranges, share, shown, sources

_MARGIN = 48.0  # points, as all lengths here
_GREY = "#595959"


def report_as_pdf(report: Report) -> bytes:
    """Return a report as PDF (A4). The same report gives the same bytes."""
    from reportlab.lib.pagesizes import A4
    from reportlab.platypus import SimpleDocTemplate

    found = shown(report)
    styles = _styles()
    stored = BytesIO()
    document = SimpleDocTemplate(
        stored,
        pagesize=A4,
        leftMargin=_MARGIN,
        rightMargin=_MARGIN,
        topMargin=_MARGIN,
        bottomMargin=_MARGIN + 18,
        title=found.title,
        author="wbcweb",
        subject=found.research_use,
        invariant=1,
    )

    def footer(canvas: Any, page: Any) -> None:
        canvas.saveState()
        canvas.setFont("wbcweb", 8)
        canvas.setFillGray(0.35)
        canvas.drawString(_MARGIN, _MARGIN, found.research_use)
        canvas.drawRightString(A4[0] - _MARGIN, _MARGIN, f"Report {report.short_id}, page {page.page}")
        canvas.restoreState()

    document.build(_story(found, styles), onFirstPage=footer, onLaterPages=footer)
    return stored.getvalue()


def _story(found: Shown, styles: dict[str, Any]) -> list[Any]:
    from reportlab.platypus import Spacer

    def text(words: str, style: str = "body") -> Any:
        return _text(words, styles[style])

    story = [text(found.title, "title"), text(found.research_use, "strong"), text(f"State: {found.state}")]
    story += [Spacer(0, 8), _facts(found, styles), Spacer(0, 10)]
    story += [text(f"Differential of {found.leukocytes} leukocytes", "heading"), _counts(found, styles)]
    story += [Spacer(0, 10), text("Flags", "heading")]
    if found.flags:
        story += [text(f"\N{BULLET} {flag}") for flag in found.flags]
    else:
        judged = any(row["ranges"] for row in found.rows)
        story.append(text("None." if judged else "None: no reference range was held against this count."))
    story += [Spacer(0, 10), text("Signatures", "heading")]
    story += [text(f"{each.name}, {moment(each.at)}") for each in found.signed]
    if found.missing:
        story.append(text("A second signature is missing.", "strong"))
    story += [Spacer(0, 10), text("Notes", "heading")]
    story += [text(note, "small") for note in found.notes]
    story += [text(f"Source of ranges: {source}", "small") for source in sources(found.rows)]
    story.append(text(f"SHA-256 of what was signed: {found.digest}", "small"))
    return story


def _facts(found: Shown, styles: dict[str, Any]) -> Any:
    rows = [[_text(name, styles["label"]), _text(value, styles["body"])] for name, value in found.facts]
    return _table(rows, widths=[110, 389], lines=False)


def _counts(found: Shown, styles: dict[str, Any]) -> Any:
    head = ["Class", "n", "%", "95 % interval", "10\N{SUPERSCRIPT NINE}/L (interval)", "Reference range"]
    rows = [[_text(words, styles["label"]) for words in head]]
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
        rows.append([_text(words, styles["body"]) for words in cells])
    return _table(rows, widths=[112, 34, 66, 76, 116, 95], lines=True)


def _table(rows: list[list[Any]], *, widths: list[float], lines: bool) -> Any:
    from reportlab.lib import colors
    from reportlab.platypus import Table, TableStyle

    commands: list[tuple[Any, ...]] = [
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (-1, -1), 0),
        ("TOPPADDING", (0, 0), (-1, -1), 2),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
    ]
    if lines:
        commands += [
            ("LINEBELOW", (0, 0), (-1, 0), 0.8, colors.black),
            ("LINEBELOW", (0, 1), (-1, -1), 0.25, colors.grey),
        ]
    return Table(
        rows, colWidths=widths, style=TableStyle(commands), repeatRows=1 if lines else 0, hAlign="LEFT"
    )


def _text(words: str, style: Any) -> Any:
    """Return a paragraph of plain text: what people typed is never read as markup."""
    from reportlab.platypus import Paragraph

    return Paragraph(escape(words, quote=False), style)


def _styles() -> dict[str, Any]:
    from reportlab.lib.styles import ParagraphStyle

    _register_fonts()
    body = ParagraphStyle("body", fontName="wbcweb", fontSize=9, leading=12)
    return {
        "body": body,
        "strong": ParagraphStyle("strong", parent=body, fontName="wbcweb-bold"),
        "label": ParagraphStyle("label", parent=body, textColor=_GREY),
        "small": ParagraphStyle("small", parent=body, fontSize=7.5, leading=10, textColor=_GREY),
        "heading": ParagraphStyle(
            "heading", parent=body, fontName="wbcweb-bold", fontSize=11, leading=15, spaceAfter=3
        ),
        "title": ParagraphStyle(
            "title", parent=body, fontName="wbcweb-bold", fontSize=15, leading=20, spaceAfter=4
        ),
    }


@lru_cache(maxsize=1)
def _register_fonts() -> None:
    """Take DejaVu Sans from where Matplotlib keeps it: the fonts of PDF itself know Western letters only."""
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont

    spec = find_spec("matplotlib")
    if spec is None or spec.origin is None:
        raise RuntimeError("Matplotlib, which brings the font of reports, is not installed.")
    folder = Path(spec.origin).parent / "mpl-data" / "fonts" / "ttf"
    pdfmetrics.registerFont(TTFont("wbcweb", str(folder / "DejaVuSans.ttf")))
    pdfmetrics.registerFont(TTFont("wbcweb-bold", str(folder / "DejaVuSans-Bold.ttf")))
