"""What PDFs of the site share: letters of any script, and nothing that people typed read as markup."""

from __future__ import annotations

import io

import pytest
from pypdf import PdfReader

from apps.core import pdf


def made(*lines: str) -> bytes:
    styles = pdf.styles()
    story = [pdf.text(line, styles["body"]) for line in lines]
    return pdf.document(story, title="Letters", subject="For research use only", footer="Report X")


def read(data: bytes) -> tuple[str, set[str]]:
    """Return the words of a PDF and the fonts it names."""
    page = PdfReader(io.BytesIO(data)).pages[0]
    fonts = {str(font.get_object()["/BaseFont"]) for font in page["/Resources"]["/Font"].values()}
    return page.extract_text(), fonts


@pytest.mark.parametrize(
    ("name", "font"),
    [("王小明 (Wang)", "STSong-Light"), ("さくら 山田", "HeiseiMin-W3"), ("김민준", "HYSMyeongJo-Medium")],
)
def test_east_asian_names_are_drawn_by_a_font_that_has_them(name, font):
    words, fonts = read(made(f"Signed by {name}, 9 µm"))
    assert any(font in known for known in fonts)
    for part in (*name.split(), "Signed by", "9 µm"):
        assert part in words


def test_other_texts_name_no_further_font_and_are_the_same_each_time():
    words, fonts = read(made("Łódź, Grünwald, Ξένος, Иван"))
    assert "Łódź, Grünwald, Ξένος, Иван" in words
    assert all("DejaVu" in font or font == "/Helvetica" for font in fonts)  # which the library always names
    assert made("王小明") == made("王小明")


def test_what_people_typed_is_no_markup():
    words, _ = read(made("<b>thin</b> & 王<i>小</i>明"))
    assert "<b>thin</b> & 王<i>小</i>明" in words.replace("\n", "")
