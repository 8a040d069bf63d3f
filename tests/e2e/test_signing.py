"""A reviewer signs a slide with the keyboard alone, amends it, and takes the report away."""

import io
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect
from pypdf import PdfReader

from tests.e2e.keyboard import tab_to
from tests.e2e.site import BrowsedSite
from tests.e2e.test_accessibility import set_theme, violations


def no_trouble(page: Page, site: BrowsedSite) -> None:
    """Hold the page against WCAG in every theme, and against a screen 320 pixels wide."""
    for theme in ("light", "dark"):
        set_theme(page.context, site, theme)
        page.reload()
        assert violations(page) == []
    page.set_viewport_size({"width": 320, "height": 700})
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 320
    page.set_viewport_size({"width": 1400, "height": 900})


def take_away(page: Page, folder: Path) -> None:
    """Take the PDF of a report by key and the CSV by click, and read the PDF."""
    with page.expect_download() as coming:
        tab_to(page, "PDF", role="link")
        page.keyboard.press("Enter")
    path = folder / coming.value.suggested_filename
    coming.value.save_as(path)
    text = " ".join(
        " ".join(sheet.extract_text() for sheet in PdfReader(io.BytesIO(path.read_bytes())).pages).split()
    )
    for words in (
        "For research use only",
        "Leukocyte count 6.5 \N{MULTIPLICATION SIGN} 10\N{SUPERSCRIPT NINE}/L",
        "Rita Reviewer",
        "Simulated slide",
    ):
        assert words in text
    assert "S-0100" not in text  # the title of a slide may be the name of a file
    with page.expect_download() as table:
        page.get_by_role("link", name="CSV").click()
    assert table.value.suggested_filename.endswith(".csv")


def test_a_slide_is_signed_amended_and_taken_away(
    page: Page, site: BrowsedSite, sign_in: Callable[..., Page], tmp_path: Path
) -> None:
    sign_in()
    slide = site.made["slides"]["sign"]
    page.goto(f"/slides/{slide}/sign/")
    expect(page.get_by_text("It is not said yet whether the smear serves")).to_be_visible()
    assert violations(page) == []

    # The sheet, by keys.
    tab_to(page, "Leukocyte count (10\N{SUPERSCRIPT NINE}/L)", role="spinbutton")
    page.keyboard.type("6.5")
    tab_to(page, "Does the smear serve for a differential?", role="combobox")
    page.keyboard.type("Good")
    tab_to(page, "The slide holds no more leukocytes", role="checkbox")
    page.keyboard.press("Space")
    tab_to(page, "Save the sheet", role="button")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Smear: good")).to_be_visible()
    no_trouble(page, site)

    # The signature, by keys.
    tab_to(page, "Sign", role="button")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Differential, report")
    expect(
        page.get_by_text("For research use only. Not a medical device, and not for diagnosis.")
    ).to_be_visible()
    no_trouble(page, site)
    first = page.url
    take_away(page, tmp_path)
    page.get_by_role("link", name="The slide as it was signed").click()
    expect(page.locator(".as-signed__box")).to_have_count(3)
    expect(page.locator(".as-signed__field image")).to_be_visible()
    no_trouble(page, site)

    # A correction, and the amendment.
    page.goto(f"/slides/{slide}/table/")
    page.get_by_label("Class of cell 1", exact=True).select_option("basophil")
    page.get_by_role("button", name="Save class of cell 1", exact=True).click()
    page.goto(f"/slides/{slide}/sign/")
    expect(page.get_by_text("Signed; changed since", exact=True)).to_be_visible()
    tab_to(page, "Reason for the amendment", role="textbox")
    page.keyboard.type("A basophil was missed")
    tab_to(page, "Sign the amendment", role="button")
    page.keyboard.press("Enter")
    expect(page.get_by_text("A basophil was missed")).to_be_visible()
    page.goto(first)
    expect(page.get_by_text("Superseded by report")).to_be_visible()
    page.get_by_role("link", name="The slide as it was signed").click()
    expect(page.locator(".as-signed__cell--differs")).to_have_count(1)


def test_ranges_are_entered_and_the_count_is_held_against_them(
    page: Page, site: BrowsedSite, sign_in: Callable[..., Page]
) -> None:
    sign_in("admin")
    project = site.made["project"]
    page.goto(f"/projects/{project}/signing/")
    expect(page.get_by_text("Ranges belong to a laboratory, and this project has none yet")).to_be_visible()
    assert violations(page) == []
    page.get_by_label("Or a new laboratory, by name").fill("Haematology, second floor")
    page.get_by_role("button", name="Save", exact=True).click()
    form = page.get_by_role("region", name="Add a range")
    form.get_by_label("Class").select_option("neutrophil")
    form.get_by_label("From", exact=True).fill("99")
    form.get_by_label("To", exact=True).fill("99.5")
    form.get_by_label("Source").fill("Own donors, 2025")
    form.get_by_role("button", name="Add the range").click()
    expect(page.get_by_role("rowheader", name="Neutrophil")).to_be_visible()
    no_trouble(page, site)
    page.get_by_role("link", name="Change Neutrophil").click()
    no_trouble(page, site)
    page.goto(f"/slides/{site.made['slides']['small']}/sign/")
    expect(page.get_by_text("below the reference range")).to_be_visible()
    no_trouble(page, site)
