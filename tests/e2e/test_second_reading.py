"""A slide read twice and adjudicated with keys only, on pages without a violation that a program can find."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.conftest import Watch
from tests.e2e.site import BrowsedSite
from tests.e2e.test_accessibility import set_theme, violations

THEMES = ("light", "dark", "viewing")


def sheet(page: Page):
    return page.get_by_role("listbox", name="Cells")


def ready(page: Page) -> int:
    """Wait for the cells; return how many there are."""
    expect(page.locator("[data-loading]")).to_be_hidden()
    expect(sheet(page)).to_be_focused()
    return sheet(page).get_by_role("option").count()


def saved(page: Page) -> None:
    expect(page.locator("[data-saved]")).to_have_text("saved")


def progress(page: Page, words: str) -> None:
    expect(page.locator("[data-progress]")).to_have_text(words)


def follow(page: Page, name: str | re.Pattern[str]) -> None:
    """Follow a link as the keyboard does."""
    link = page.get_by_role("link", name=name)
    link.focus()
    page.keyboard.press("Enter")


def leave(page: Page) -> None:
    """Sign out."""
    page.context.clear_cookies()


def test_a_slide_is_read_twice_and_adjudicated_with_keys_only(
    page: Page, site: BrowsedSite, sign_in: Callable[..., Page], watch: Watch
) -> None:
    watch.allow(404)
    slide = f"/slides/{site.made['read_slide']}/"
    sign_in("second")
    follow(page, "A second reading waits for you")
    cells = ready(page)
    assert page.request.get(slide).status == 404
    # A class goes on to the next cell; undo comes back.
    page.keyboard.press("1")
    page.keyboard.press("2")
    progress(page, f"2 of {cells} read")
    saved(page)
    page.keyboard.press("Control+z")
    progress(page, f"1 of {cells} read")
    expect(page.locator("[data-open-place]")).to_have_text(f"Cell 2 of {cells}")
    saved(page)
    # Another day it goes on where it was left, and undo reaches back as well.
    page.reload()
    ready(page)
    progress(page, f"1 of {cells} read")
    expect(page.locator("[data-open-place]")).to_have_text(f"Cell 2 of {cells}")
    page.keyboard.press("Control+z")
    progress(page, f"0 of {cells} read")
    for _ in range(cells):
        page.keyboard.press("1")
    progress(page, f"{cells} of {cells} read")
    saved(page)
    finish = page.get_by_role("button", name="Finish")
    expect(finish).to_be_enabled()
    finish.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Second reading of T-0001")).to_be_visible()
    assert page.request.get(slide).status == 200

    leave(page)
    sign_in("third")
    follow(page, re.compile(r"\d+ disagreements to adjudicate"))
    left = ready(page)
    expect(page.locator("[data-candidates]")).to_have_text(re.compile("^Neutrophil or "))
    for n in range(left):
        page.keyboard.press("2")
        progress(page, f"{n + 1} of {left} decided")
    saved(page)
    page.keyboard.press("Control+z")
    progress(page, f"{left - 1} of {left} decided")
    page.keyboard.press("2")
    progress(page, f"{left} of {left} decided")
    saved(page)
    follow(page, "Agreement")
    expect(page.get_by_text("every disagreement is decided")).to_be_visible()
    expect(page.get_by_role("region", name="First by second reader")).to_be_visible()
    assert violations(page) == []


def test_what_cannot_be_saved_waits_and_is_saved_once(
    page: Page, site: BrowsedSite, sign_in: Callable[..., Page], watch: Watch
) -> None:
    watch.allow(offline=True)
    reading = ask_anew(page, site, sign_in)
    page.goto(reading)
    cells = ready(page)
    read = int(page.locator("[data-progress]").inner_text().split()[0])  # by another test, before this one
    page.context.set_offline(True)
    page.keyboard.press("1")
    expect(page.locator("[data-saved]")).to_have_text(re.compile("1 not saved"))
    progress(page, f"{read + 1} of {cells} read")
    page.context.set_offline(False)
    saved(page)
    page.reload()
    ready(page)
    progress(page, f"{read + 1} of {cells} read")


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("width", [1400, 1000, 360])
def test_pages_of_second_readings_in_every_theme_and_width(
    page: Page,
    context: BrowserContext,
    site: BrowsedSite,
    sign_in: Callable[..., Page],
    theme: str,
    width: int,
) -> None:
    reading = ask_anew(page, site, sign_in)
    set_theme(context, site, theme)
    page.set_viewport_size({"width": width, "height": 800})
    found = {}
    page.goto(reading)
    ready(page)
    page.keyboard.press("1")
    found["read"] = violations(page)
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= width, f"read: {wide}"
    page.keyboard.press("?")
    found["keys"] = violations(page)
    leave(page)
    sign_in("asker")
    set_theme(context, site, theme)
    made = site.made
    for name, place in {
        "list": f"/projects/{made['readings_project']}/second-readings/",
        "asking": f"/slides/{made['unread_slide']}/second-reading/",
        "result": f"/second-readings/{made['reading']}/",
    }.items():
        page.goto(place)
        found[name] = violations(page)
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, f"{name}: {wide}"
    assert {name: lines for name, lines in found.items() if lines} == {}


def ask_anew(page: Page, site: BrowsedSite, sign_in: Callable[..., Page]) -> str:
    """Have the second slide read by the third person; return the reading's page, that person signed in."""
    made = site.made
    sign_in("asker")
    page.goto(f"/slides/{made['unread_slide']}/second-reading/")
    if page.get_by_role("button", name="Ask", exact=True).is_visible():
        page.get_by_label("Second reader").select_option(label="Theo Third")
        page.get_by_role("button", name="Ask", exact=True).click()
    leave(page)
    sign_in("third")
    page.get_by_role("link", name="A second reading waits for you").click()
    expect(page).to_have_url(re.compile(r"/second-readings/[^/]+/read/"))
    return page.url
