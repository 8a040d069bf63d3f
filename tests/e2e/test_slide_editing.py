"""Boxes by keys and by mouse, marks of fields, display settings, and what another person does meanwhile."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.e2e.conftest import Watch
from tests.e2e.looking import SlidePage
from tests.e2e.site import BrowsedSite


@pytest.fixture
def cells(page: Page, site: BrowsedSite) -> Callable[[str], list[dict]]:
    def read(name: str) -> list[dict]:
        found: list[dict] = page.request.get(f"/api/v1/slides/{site.made['slides'][name]}/cells/").json()[
            "cells"
        ]
        return found

    return read


def test_a_box_is_made_moved_removed_and_brought_back_by_keys_alone(
    page: Page, site: BrowsedSite, sign_in: Callable[..., Page], cells: Callable[[str], list[dict]]
) -> None:
    sign_in()
    slide = SlidePage(page).open(site.made["slides"]["net"])
    before = cells("net")
    slide.press("a", "ArrowRight", "Shift+ArrowDown", "Enter")
    expect(slide.title).to_have_text("Unidentified")
    slide.press("2")
    expect(slide.title).to_have_text("Lymphocyte")
    expect(slide.saved).to_have_text("saved")
    known = {cell["id"] for cell in before}
    (made,) = [cell for cell in cells("net") if cell["id"] not in known]
    assert (made["class"], made["review_state"]) == ("lymphocyte", "labelled")

    slide.press("Alt+ArrowRight", "Alt+ArrowRight", "Alt+Shift+ArrowRight", "Enter")
    expect(slide.saved).to_have_text("saved")
    (moved,) = [cell for cell in cells("net") if cell["id"] == made["id"]]
    assert moved["box"][0] > made["box"][0]
    assert moved["box"][2] - moved["box"][0] > made["box"][2] - made["box"][0]

    slide.press("Delete")
    expect(slide.saved).to_have_text("saved")
    expect(page.locator(f"#cell-{made['id']}")).to_have_count(0)
    slide.press("Control+z")
    expect(slide.selected).to_have_attribute("data-cell", made["id"])
    page.reload()
    slide.ready()
    slide.press("Control+z", "Control+z", "Control+z")  # the move, the class, the box itself
    expect(slide.saved).to_have_text("saved")
    expect(slide.rows).to_have_count(len(before))
    assert {cell["id"] for cell in cells("net")} == known


def test_a_box_is_drawn_and_resized_with_the_mouse_also_without_a_connection(
    page: Page,
    site: BrowsedSite,
    sign_in: Callable[..., Page],
    watch: Watch,
    cells: Callable[[str], list[dict]],
) -> None:
    watch.allow(offline=True)
    sign_in()
    slide = SlidePage(page).open(site.made["slides"]["keys"])
    known = {cell["id"] for cell in cells("keys")}

    def cut(route: Route) -> None:
        route.abort("connectionfailed")

    page.route("**/boxes/", cut)
    area = page.locator("[data-viewer]").bounding_box()
    assert area is not None
    x, y = area["x"] + area["width"] / 2, area["y"] + area["height"] / 2
    page.get_by_role("button", name="New box").click()
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 70, y + 60, steps=5)
    page.mouse.up()
    expect(slide.saved).to_contain_text("1 not saved, kept for retry", timeout=6_000)
    page.unroute("**/boxes/")
    expect(slide.saved).to_have_text("saved", timeout=20_000)
    (made,) = [cell for cell in cells("keys") if cell["id"] not in known]

    handle = page.locator("[data-handle=se]").bounding_box()
    assert handle is not None
    page.mouse.move(handle["x"] + 12, handle["y"] + 12)
    page.mouse.down()
    page.mouse.move(handle["x"] + 42, handle["y"] + 32, steps=4)
    page.mouse.up()
    expect(slide.saved).to_have_text("saved")
    (grown,) = [cell for cell in cells("keys") if cell["id"] == made["id"]]
    assert grown["box"][:2] == made["box"][:2]
    assert grown["box"][2] > made["box"][2] + 5
    slide.image.focus()
    slide.press("Delete")
    expect(slide.saved).to_have_text("saved")
    assert {cell["id"] for cell in cells("keys")} == known


def test_another_persons_box_and_label_appear_by_themselves(
    page: Page, browser: Browser, site: BrowsedSite, sign_in: Callable[..., Page], watch: Watch
) -> None:
    sign_in()
    mine = SlidePage(page).open(site.made["slides"]["pair"])
    rows = mine.rows.count()
    with browser.new_context(base_url=site.address) as context:
        elsewhere = context.new_page()
        watch.follow(elsewhere)
        sign_in("other", on=elsewhere)
        theirs = SlidePage(elsewhere).open(site.made["slides"]["pair"])
        theirs.press("a", "Enter", "5")
        expect(theirs.saved).to_have_text("saved")
        expect(mine.rows).to_have_count(rows + 1, timeout=5_500)
        expect(mine.rows.filter(has_text="Basophil").filter(has_text="labelled").first).to_be_visible(
            timeout=5_500
        )
        theirs.press("Delete")
        expect(theirs.saved).to_have_text("saved")
        expect(mine.rows).to_have_count(rows, timeout=5_500)


def test_a_field_is_marked_complete_and_says_who_did(
    page: Page, site: BrowsedSite, sign_in: Callable[..., Page]
) -> None:
    sign_in()
    SlidePage(page).open(site.made["slides"]["small"])
    box = page.get_by_label("All cells on this field are boxed")
    box.check()
    expect(page.get_by_role("button", name="Field 1, ")).to_have_attribute(
        "aria-label", re.compile("all cells boxed")
    )
    page.reload()
    SlidePage(page).ready()
    expect(box).to_be_checked()
    expect(page.locator("[data-complete-words]")).to_contain_text("by Rita Reviewer")
    box.uncheck()


def test_display_and_zoom_stay_and_are_said(
    page: Page, site: BrowsedSite, sign_in: Callable[..., Page]
) -> None:
    sign_in()
    slide = SlidePage(page).open(site.made["slides"]["small"])
    adjusted = page.locator("[data-adjusted]")
    expect(adjusted).to_be_hidden()
    page.locator(".stage__display > summary").click()
    page.get_by_role("slider", name="Brightness").fill("1.4")
    expect(adjusted).to_be_visible()
    slide.image.focus()
    slide.press("+", "+", "+")
    expect(page.locator("[data-minimap]")).to_be_visible()
    page.wait_for_timeout(800)
    page.reload()
    slide.ready()
    expect(adjusted).to_be_visible()
    expect(page.locator("[data-minimap]")).to_be_visible()
    adjusted.get_by_role("button", name="Reset").click()
    expect(adjusted).to_be_hidden()
    slide.image.focus()
    slide.press("f")


def test_the_filter_by_confidence_narrows_list_and_image(
    page: Page, site: BrowsedSite, sign_in: Callable[..., Page], cells: Callable[[str], list[dict]]
) -> None:
    sign_in()
    slide = SlidePage(page).open(site.made["slides"]["small"])
    all_rows = slide.rows.count()
    page.get_by_role("slider", name="Confidence").fill("0.5")
    unsure = [cell for cell in cells("small") if (cell["probability"] or 0) <= 0.5]
    expect(slide.rows).to_have_count(len(unsure))
    assert 0 < len(unsure) < all_rows


def test_who_may_only_look_boxes_nothing(
    page: Page, site: BrowsedSite, sign_in: Callable[..., Page], cells: Callable[[str], list[dict]]
) -> None:
    sign_in("viewer")
    slide = SlidePage(page).open(site.made["slides"]["small"])
    before = cells("small")
    expect(page.get_by_role("button", name="New box")).to_be_disabled()
    expect(page.get_by_label("All cells on this field are boxed")).to_be_disabled()
    slide.press("n", "a", "Enter", "Delete", "Alt+ArrowLeft")
    expect(page.locator("[data-live]")).to_contain_text("look on")
    assert cells("small") == before
