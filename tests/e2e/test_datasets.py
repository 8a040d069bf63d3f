"""An import from the file to its receipt in a real browser, by keyboard, and an export that is downloaded."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.e2e.site import BrowsedSite
from tests.kits import images as kit


def archive() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for number in range(3):
            made.writestr(f"images/{number}.png", kit.encoded(kit.picture(120, 90, seed=700 + number)))
            made.writestr(f"labels/{number}.txt", "0 0.5 0.5 0.2 0.3\n1 0.25 0.25 0.2 0.2\n")
        made.writestr("classes.txt", "Monocyte\nstrange\n")
    return out.getvalue()


def test_import_and_export(page: Page, site: BrowsedSite, sign_in: Callable[..., Page]) -> None:
    sign_in("admin")
    page.goto(f"/projects/{site.made['project']}/")
    page.get_by_role("link", name="Import and export").click()
    page.get_by_label("Archive, or pictures").set_input_files(
        files=[{"name": "set.zip", "mimeType": "application/zip", "buffer": archive()}]
    )
    page.get_by_role("button", name="Read the archive").press("Enter")
    expect(page.get_by_role("heading", name="What the classes become")).to_be_visible(timeout=20_000)
    expect(page.get_by_label("Monocyte")).to_have_value("monocyte")
    strange = page.get_by_label("strange")
    expect(strange).to_have_value("")
    strange.select_option("Leave out")
    page.get_by_role("button", name="Import", exact=True).press("Enter")
    expect(page.get_by_text("Counts in = counts out")).to_be_visible(timeout=20_000)
    expect(page.get_by_text("3 of 3 pictures stored, 3 cells.")).to_be_visible()
    page.get_by_role("link", name="Import and export").click()
    page.get_by_label("Format").last.select_option("YOLO")
    page.get_by_label("Classes", exact=True).select_option(index=1)
    page.get_by_role("button", name="Write the archive").press("Enter")
    # The other one is of the seed, and older.
    expect(page.get_by_role("link", name="Download")).to_have_count(2, timeout=30_000)
    with page.expect_download() as taken:
        page.get_by_role("link", name="Download").first.press("Enter")
    with zipfile.ZipFile(taken.value.path()) as made:
        assert "data.yaml" in made.namelist()
