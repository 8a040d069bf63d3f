"""A cell-location check by keys alone, its chart, and its pages held to the accessibility rules."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.e2e.site import BrowsedSite
from tests.e2e.test_accessibility import violations


def test_a_check_is_done_by_keys_alone(page: Page, site: BrowsedSite, sign_in: Callable[..., Page]) -> None:
    sign_in()
    page.goto(f"/projects/{site.made['project']}/location-checks/")
    page.get_by_role("button", name="Start a check").click()
    expect(page.get_by_role("heading", name="Cell-location check: ")).to_be_visible()
    page.get_by_role("link", name="Read field 1").click()
    image = page.locator(".openseadragon-canvas")
    tally = page.locator("[data-tally]")
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_contain_text("Field 1 of ")
    fields = int(heading.inner_text().split()[-1])  # what other tests uploaded counts too
    assert fields >= 3
    for number in range(1, fields + 1):
        expect(heading).to_have_text(f"Field {number} of {fields}")
        expect(page.locator("[data-loading]")).to_be_hidden()
        expect(image).to_be_focused()
        expect(tally).to_contain_text("0 missed, 0 without a cell")
        page.keyboard.press("n")
        page.keyboard.press("x")
        expect(tally).to_contain_text("1 without a cell")
        for key in ("a", "ArrowRight", "Enter"):
            page.keyboard.press(key)
        expect(tally).to_contain_text("1 missed, 1 without a cell")
        if number == 1:
            assert violations(page) == []
        page.keyboard.press("Control+Enter")
    expect(page.get_by_text("more cells are needed for 200")).to_be_visible()
    assert violations(page) == []
    page.get_by_role("button", name="Close the check").click()
    expect(page.get_by_text("Closed: the counts stand")).to_be_visible()
    page.get_by_role("link", name="All checks").click()
    expect(page.get_by_role("img", name="Control chart of")).to_be_visible()
    assert violations(page) == []
