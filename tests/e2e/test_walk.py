"""The main walk: pictures go in, boxes come out, one is corrected, the correction stays."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, Route, expect

from ml.simulator import simulate_field, to_png
from tests.e2e.conftest import Watch
from tests.e2e.looking import SlidePage
from tests.e2e.site import BrowsedSite


@pytest.fixture
def pictures(tmp_path: Path) -> list[Path]:
    paths = []
    for number in range(3):
        path = tmp_path / f"smear-{number}.png"
        # As most cameras write them: without a scale.
        Image.fromarray(simulate_field(500 + number).pixels).save(path)
        paths.append(path)
    return paths


def test_from_pictures_to_a_correction_that_stays(
    page: Page,
    site: BrowsedSite,
    sign_in: Callable[..., Page],
    watch: Watch,
    pictures: list[Path],
    tmp_path: Path,
) -> None:
    sign_in()
    page.get_by_role("link", name="Haematology").first.click()
    notes = tmp_path / "notes.jpg"
    notes.write_text("Dear all, here are the counts.\n")

    page.locator("input[type=file]").set_input_files([*pictures[:2], notes, pictures[2]])
    page.get_by_label("Title of the slide").fill("S-0777")
    page.get_by_role("button", name="Upload 4 files").click()
    rows = page.get_by_role("list", name="Files").get_by_role("listitem")
    expect(rows.nth(2)).to_contain_text("text file")
    for good in (0, 1, 3):
        expect(rows.nth(good)).to_contain_text("stored", timeout=20_000)
    expect(page.locator("[data-upload-summary]")).to_have_text("3 stored, 1 not stored")

    page.get_by_role("link", name="Open the slide").click()
    slide = SlidePage(page)
    # Without a reload: the page follows the analysis and draws the boxes when they are there.
    expect(slide.rows).to_have_count(6, timeout=30_000)
    expect(page.locator("[data-job]")).to_be_hidden()
    expect(page.locator("[data-scale-text]")).to_contain_text("about")  # the scale that the analysis found
    expect(slide.progress).to_have_text("0 of 6 reviewed")
    assert slide.count_of("neutrophil") == 3
    assert slide.count_of("?") == 3
    assert slide.count_of("eosinophil") == 0

    slide.press("n")
    expect(slide.title).to_have_text("Neutrophil")
    slide.press("4")
    expect(slide.title).to_have_text("Eosinophil")
    expect(slide.saved).to_have_text("saved")
    assert (slide.count_of("neutrophil"), slide.count_of("eosinophil")) == (2, 1)

    watch.allow(offline=True)  # the page may be telling which cells were seen
    site.restart()
    page.reload()
    slide.ready()
    expect(slide.progress).to_have_text("1 of 6 reviewed")
    expect(slide.rows.first).to_contain_text("Eosinophil")
    expect(slide.rows.first).to_contain_text("suggested N, labelled")
    assert (slide.count_of("neutrophil"), slide.count_of("eosinophil")) == (2, 1)
    events = site.query(
        "SELECT to_class, seen_suggestion FROM cells_labelevent e JOIN cells_cell c ON c.id = e.cell_id "
        "JOIN slides_field f ON f.id = c.field_id JOIN slides_slide s ON s.id = f.slide_id WHERE s.title = ?",
        ["S-0777"],
    )
    assert events == [("eosinophil", 1)]


def test_the_same_pictures_again_are_recognised(
    page: Page, sign_in: Callable[..., Page], pictures: list[Path], site: BrowsedSite, tmp_path: Path
) -> None:
    sign_in()
    own = tmp_path / "own.png"
    own.write_bytes(to_png(simulate_field(900)))
    for expected in ("stored", "lready"):
        page.goto(f"/projects/{site.made['project']}/")
        page.get_by_label("One slide per file").check()
        page.locator("input[type=file]").set_input_files(own)
        page.get_by_role("button", name="Upload 1 file").click()
        row = page.get_by_role("list", name="Files").get_by_role("listitem")
        expect(row).to_contain_text(expected, timeout=20_000)
        expect(page.get_by_role("link", name="Open the slide")).to_be_visible()


def test_files_can_be_dropped_anywhere_on_the_page(
    page: Page, sign_in: Callable[..., Page], site: BrowsedSite
) -> None:
    sign_in()
    page.goto(f"/projects/{site.made['project']}/")
    page.evaluate(
        """() => {
          const files = new DataTransfer();
          files.items.add(new File([new Uint8Array([1, 2, 3])], "dropped.png", { type: "image/png" }));
          document.querySelector("h1").dispatchEvent(
            new DragEvent("drop", { dataTransfer: files, bubbles: true, cancelable: true }));
        }"""
    )
    expect(page.get_by_role("list", name="Files")).to_contain_text("dropped.png")
    expect(page.get_by_role("button", name="Upload 1 file")).to_be_enabled()


def test_files_chosen_before_the_script_has_come_count_too(
    page: Page, sign_in: Callable[..., Page], site: BrowsedSite, pictures: list[Path]
) -> None:
    sign_in()
    held: list[Route] = []
    page.route("**/build/upload*.js", lambda route: held.append(route))  # noqa: PLW0108 - the driver marks what it calls
    page.goto(f"/projects/{site.made['project']}/", wait_until="commit")
    page.locator("input[type=file]").set_input_files(pictures[:2])
    page.wait_for_timeout(200)
    assert held
    for route in held:
        route.continue_()
    expect(page.get_by_role("button", name="Upload 2 files")).to_be_enabled()
