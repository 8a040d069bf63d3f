"""The main work of a morning: two hundred cells reviewed and signed without touching the mouse."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.e2e.galleries import GalleryPage
from tests.e2e.keyboard import tab_to
from tests.e2e.site import BrowsedSite

TYPES = ("neutrophil", "lymphocyte", "monocyte", "eosinophil", "basophil")


def labels_of(page: Page, site: BrowsedSite, slide: str) -> list[str]:
    """Return what the server holds: the label of each cell, "" for none."""
    cells = page.request.get(f"{site.address}/api/v1/slides/{slide}/gallery/").json()["cells"]
    return [cells["names"][label] for label in cells["label"]]


def test_a_slide_of_two_hundred_cells_is_reviewed_and_signed_with_keys_alone(
    page: Page, site: BrowsedSite, sign_in: Callable[..., Page]
) -> None:
    sign_in()
    # Whoever clicks here finds nothing: the mouse is taken away.
    page.add_init_script("addEventListener('pointerdown', (event) => event.stopImmediatePropagation(), true)")
    slide = site.made["slides"]["walk"]
    gallery = GalleryPage(page).open(slide)
    expect(gallery.progress).to_have_text("0 of 200 reviewed")
    unidentified = gallery.count_of("?")
    assert unidentified == 5
    expect(gallery.focused).to_have_count(1)

    # What the model left open, one key each; two that are no leukocytes; the rest is confirmed.
    for key in "12345"[:unidentified]:
        gallery.press(key)  # gives the class and goes on
    expect(gallery.progress).to_have_text(f"{unidentified} of 200 reviewed")
    gallery.press("x", "Backspace")
    for _ in range(200 - unidentified - 2):
        gallery.press("Space")
    expect(gallery.progress).to_have_text("200 of 200 reviewed")
    expect(gallery.live).to_have_text("Every cell here is reviewed.")
    expect(gallery.saved).to_have_text("saved", timeout=60_000)
    labels = labels_of(page, site, slide)
    assert len(labels) == 200
    assert set(labels) == {*TYPES, "not-classed", "not-a-cell"}

    # To the signature: the sheet, what is asked, the report.
    tab_to(page, "Sign", role="link")
    page.keyboard.press("Enter")
    tab_to(page, "Does the smear serve for a differential?", role="combobox")
    page.keyboard.type("Good")
    tab_to(page, "Save the sheet", role="button")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Smear: good")).to_be_visible()
    tab_to(page, "Sign", role="button")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Differential, report")
    counts = page.get_by_role("table").first
    for name in TYPES:
        row = counts.get_by_role("row").filter(
            has=page.get_by_role("rowheader", name=name.capitalize(), exact=True)
        )
        expect(row.locator("td").first).to_have_text(str(labels.count(name)))
