"""The self-check in a browser: it renews itself in place and keeps the focus."""

from collections.abc import Callable

from playwright.sync_api import Page, expect


def test_looking_again_renews_the_page_in_place(page: Page, sign_in: Callable[..., Page]) -> None:
    sign_in("admin")
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Self-check").click()
    expect(page.get_by_role("heading", name="Self-check", level=1)).to_be_visible()
    expect(page.get_by_role("heading", name="Disk", level=3)).to_be_visible()
    page.evaluate("() => { window.stays = true }")
    looked = page.locator("#self-check time").first
    before = looked.get_attribute("datetime")
    page.wait_for_timeout(1_100)  # the time is shown in seconds
    again = page.get_by_role("link", name="Look again")
    again.focus()
    page.keyboard.press("Enter")
    expect(looked).not_to_have_attribute("datetime", before or "")
    expect(again).to_be_focused()
    assert page.evaluate("() => window.stays")


def test_the_page_renews_itself(page: Page, sign_in: Callable[..., Page]) -> None:
    sign_in("admin")
    page.clock.install()
    page.goto("/self-check/")
    with page.expect_response(lambda answer: answer.url.endswith("/self-check/")) as told:
        page.clock.fast_forward(16_000)
    assert told.value.request.headers["hx-request"] == "true"
    expect(page.get_by_role("heading", name="Disk", level=3)).to_be_visible()
