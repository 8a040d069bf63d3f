"""What PDFs of the site share: page, type, tables. Readable in grey print, searchable text; ADR 0045.

ReportLab is loaded by the functions, not with the module: the web process does without it until somebody asks.
"""

from __future__ import annotations

import re
from functools import lru_cache
from html import escape
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import Any

MARGIN = 48.0  # points, as all lengths here
_GREY = "#595959"

# Names of Chinese, Japanese and Korean people: fonts that every PDF reader knows by name (Adobe's character
# collections) and brings along itself; nothing is embedded.
_EAST_ASIAN = re.compile("([\u1100-\u11ff\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef]+)")
_EAST_ASIAN_FONTS = (
    ("HYSMyeongJo-Medium", re.compile("[\u1100-\u11ff\u3130-\u318f\uac00-\ud7af]")),
    ("HeiseiMin-W3", re.compile("[\u3040-\u30ff]")),
)
_CHINESE = "STSong-Light"


def document(story: list[Any], *, title: str, subject: str, footer: str) -> bytes:
    """Return flowables as a document (A4); the same ones give the same bytes.

    Args:
        story: What stands in it, in order.
        title: Of the file.
        subject: What stands at the foot of every page on the left: that it is for research.
        footer: What stands there on the right, before the number of the page.
    """
    from reportlab.lib.pagesizes import A4
    from reportlab.platypus import SimpleDocTemplate

    stored = BytesIO()
    made = SimpleDocTemplate(
        stored,
        pagesize=A4,
        leftMargin=MARGIN,
        rightMargin=MARGIN,
        topMargin=MARGIN,
        bottomMargin=MARGIN + 18,
        title=title,
        author="wbcweb",
        subject=subject,
        invariant=1,
    )

    def foot(canvas: Any, page: Any) -> None:
        canvas.saveState()
        canvas.setFont("wbcweb", 8)
        canvas.setFillGray(0.35)
        canvas.drawString(MARGIN, MARGIN, subject)
        canvas.drawRightString(A4[0] - MARGIN, MARGIN, f"{footer}, page {page.page}")
        canvas.restoreState()

    made.build(story, onFirstPage=foot, onLaterPages=foot)
    return stored.getvalue()


def table(rows: list[list[Any]], *, widths: list[float], lines: bool) -> Any:
    """Return a table of flowables; with ``lines`` its first row is a head that every page repeats."""
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


def text(words: str, style: Any) -> Any:
    """Return a paragraph of plain text: what people typed is never read as markup."""
    from reportlab.platypus import Paragraph

    return Paragraph(_marked(words), style)


def _marked(words: str) -> str:
    """Return text as markup that names the font of each run which DejaVu Sans cannot draw."""
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont

    if _EAST_ASIAN.search(words) is None:
        return escape(words, quote=False)
    # One text is in one language: what its letters alone do not tell (Chinese or Japanese) the others do.
    font = next((name for name, letters in _EAST_ASIAN_FONTS if letters.search(words)), _CHINESE)
    pdfmetrics.registerFont(UnicodeCIDFont(font))
    runs = _EAST_ASIAN.split(words)
    return "".join(
        f'<font name="{font}">{escape(run, quote=False)}</font>' if place % 2 else escape(run, quote=False)
        for place, run in enumerate(runs)
    )


def styles() -> dict[str, Any]:
    """Return the styles of paragraphs: body, strong, label, small, heading, title."""
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
