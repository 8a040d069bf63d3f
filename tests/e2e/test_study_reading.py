"""A study read in a browser: with keys alone and through everything that may go wrong, and by touch on a tablet."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.conftest import Watch
from tests.e2e.keyboard import tab_to
from tests.e2e.site import BrowsedSite
from tests.e2e.test_accessibility import set_theme, violations
from tests.factories import PASSWORD

GREY = "rgb(128, 128, 128)"
COUNTED = 8


@pytest.fixture
def made(site: BrowsedSite) -> dict[str, Any]:
    """The studies, made when the first test asks for them."""
    if "study_invitation" not in site.made:
        site.made |= json.loads(site._python("-m", "tests.e2e.seed_study_reading"))
    return site.made


class Reading:
    """The reading page in a browser."""

    def __init__(self, page: Page) -> None:
        self.page = page

    @property
    def image(self) -> Any:
        """The image on the stage."""
        return self.page.locator("[data-frame] img")

    @property
    def waiting(self) -> Any:
        """What is told of answers that wait."""
        return self.page.locator("[data-waiting]")

    def at(self, words: str) -> None:
        """Wait for an image."""
        expect(self.page.locator("[data-progress]")).to_have_text(words)
        expect(self.image).to_be_visible()
        self.page.wait_for_timeout(250)  # keys so soon after an image belong to the one before

    def go(self, name: str | re.Pattern[str]) -> None:
        """Press the one button of a panel; it has the focus."""
        button = self.page.get_by_role("button", name=name)
        expect(button).to_be_focused()
        self.page.keyboard.press("Enter")


def join(page: Page, token: str, found: dict[str, list[str]]) -> None:
    """Follow the invitation and do everything before the reading, with keys."""
    page.goto(f"/study-invitations/{token}/")
    found["invitation"] = violations(page)
    page.get_by_label("E-mail address").fill("ina@example.org")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Password again").fill(PASSWORD)
    page.get_by_role("button", name="Make my account").press("Enter")
    expect(page.get_by_text("You look at cells.")).to_be_visible()
    found["consent"] = violations(page)
    page.get_by_label(re.compile("I have read this")).press("Space")
    page.get_by_role("button", name="Take part").press("Enter")
    expect(page.get_by_role("heading", name="You and your screen")).to_be_visible()
    found["screen"] = violations(page)
    page.get_by_label("What you are").select_option("trainee")
    page.get_by_label("Years of reading blood smears").fill("2")
    page.get_by_label("No weakness that I know of").press("Space")
    page.get_by_label("All eleven").press("Space")
    page.get_by_role("button", name="Go on").press("Enter")
    found["start"] = violations(page)


def rows(site: BrowsedSite, study: str) -> list[tuple[Any, ...]]:
    """The readings of a study: position, revision, answer."""
    return site.query(
        "SELECT s.position, r.revision, r.answer FROM studies_reading r JOIN studies_slot s ON s.id = r.slot_id "
        "JOIN studies_enrolment e ON e.id = s.enrolment_id JOIN studies_study t ON t.id = e.study_id "
        "WHERE t.public_id = ? ORDER BY s.position",
        [study],
    )


def practise(page: Page, reading: Reading, found: dict[str, list[str]]) -> None:
    """Answer the practice image, and look at everything on the way."""
    tab_to(page, "Start practice", role="link")
    page.keyboard.press("Enter")
    reading.go("Start practice")
    reading.at("Practice image 1 of 1")
    expect(page.locator(".study__stage")).to_have_css("background-color", GREY)
    expect(reading.image).to_have_attribute("alt", "Practice image 1 of 1")
    expect(page.locator("[data-live]")).to_have_text("Practice image 1 of 1. Which cell is this?")
    found["reading"] = violations(page)
    place = reading.image.bounding_box()
    page.keyboard.press("?")
    found["keys"] = violations(page)
    page.keyboard.press("Escape")
    page.keyboard.press("1")
    reading.go("Start reading")
    reading.at(f"Image 1 of {COUNTED}")
    assert reading.image.bounding_box() == place


def lose_the_network(context: BrowserContext, reading: Reading, found: dict[str, list[str]]) -> None:
    """Answer image 2 with a reason while nothing gets through."""
    page = reading.page
    page.keyboard.press("r")
    page.keyboard.type("out of focus 1")
    page.keyboard.press("Enter")
    context.set_offline(True)
    page.keyboard.press("2")
    expect(reading.waiting).to_contain_text("1 answer is not saved yet")
    expect(reading.image).to_have_count(0)
    found["waiting"] = violations(page)
    context.set_offline(False)


def be_signed_out(context: BrowserContext, reading: Reading) -> None:
    """Answer image 3 while nobody is signed in, and come back as the same person."""
    cookies = context.cookies()
    context.clear_cookies()
    reading.page.keyboard.press("o")
    expect(reading.waiting.get_by_role("link", name="Sign in in another tab")).to_be_visible()
    context.add_cookies(cookies)


def use_two_windows(
    context: BrowserContext, reading: Reading, watch: Watch, found: dict[str, list[str]]
) -> None:
    """Answer image 4 in a second window, up to the break, and come back to the first."""
    second = context.new_page()
    watch.follow(second)
    second.goto(reading.page.url)
    other = Reading(second)
    other.go("Go on with image 4")
    expect(reading.page.get_by_role("heading", name="The reading is open in another window")).to_be_visible()
    other.at(f"Image 4 of {COUNTED}")
    second.keyboard.press("x")
    expect(second.get_by_role("heading", name="A moment for your eyes")).to_be_visible()
    found["break"] = violations(second)
    second.close()
    reading.go("Go on here")
    reading.go("Go on with image 5")


def pause(reading: Reading) -> None:
    """Pause at image 6 and go on."""
    page = reading.page
    page.keyboard.press("Escape")
    expect(page.get_by_role("heading", name="Paused")).to_be_visible()
    expect(reading.image).to_have_count(0)
    reading.go("Go on")
    reading.at(f"Image 6 of {COUNTED}")


def test_a_study_is_read_with_keys_and_no_answer_is_lost_or_doubled(
    page: Page, context: BrowserContext, site: BrowsedSite, made: dict[str, Any], watch: Watch
) -> None:
    watch.allow(401, 409, 502, 503, offline=True)
    set_theme(context, site, "dark")
    found: dict[str, list[str]] = {}
    reading = Reading(page)
    join(page, made["study_invitation"], found)
    practise(page, reading, found)
    page.keyboard.press("1")
    reading.at(f"Image 2 of {COUNTED}")
    page.reload()
    reading.go("Go on with image 2")
    reading.at(f"Image 2 of {COUNTED}")
    lose_the_network(context, reading, found)
    reading.at(f"Image 3 of {COUNTED}")
    be_signed_out(context, reading)
    reading.at(f"Image 4 of {COUNTED}")
    use_two_windows(context, reading, watch, found)
    reading.at(f"Image 5 of {COUNTED}")
    site.restart()
    page.keyboard.press("1")
    reading.at(f"Image 6 of {COUNTED}")
    pause(reading)
    # A key that is held, and a second one so soon after it, are one answer.
    page.keyboard.down("2")
    page.keyboard.down("2")
    page.keyboard.press("1")
    page.keyboard.up("2")
    for number in (7, 8):
        reading.at(f"Image {number} of {COUNTED}")
        page.keyboard.press("1")
    expect(page.get_by_role("heading", name="Finished")).to_be_visible()
    found["finished"] = violations(page)
    first, second = "neutrophil", "lymphocyte"
    said = [first, first, second, "other", "cannot-tell", first, second, first, first]
    assert rows(site, made["study_invited"]) == [(at, 0, answer) for at, answer in enumerate(said, start=1)]
    assert site.query("SELECT reason FROM studies_reading WHERE reason <> ''") == [("out of focus 1",)]
    assert page.evaluate("() => localStorage.length") == 0
    assert {name: lines for name, lines in found.items() if lines} == {}


def refuse_telephones(browser: Any, browser_context_args: dict[str, Any], page: Page) -> None:
    """Open a reader's page on a screen that is too small."""
    small = {"viewport": {"width": 390, "height": 844}, "screen": {"width": 390, "height": 844}}
    context = browser.new_context(
        **{**browser_context_args, **small}, storage_state=page.context.storage_state()
    )
    held = context.new_page()
    held.goto(page.url)
    expect(held.get_by_role("heading", name="This screen is too small")).to_be_visible()
    context.close()


def test_a_study_with_both_questions_by_touch_on_a_tablet(
    browser: Any, browser_context_args: dict[str, Any], made: dict[str, Any], watch: Watch
) -> None:
    sizes = {"viewport": {"width": 820, "height": 1180}, "screen": {"width": 820, "height": 1180}}
    context = browser.new_context(**{**browser_context_args, **sizes}, has_touch=True, color_scheme="light")
    page = context.new_page()
    watch.follow(page)
    page.goto("/accounts/login/")
    page.get_by_label("E-mail address").fill("study-reader@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.locator("main").get_by_role("button", name="Sign in", exact=True).tap()
    page.get_by_role("link", name="Reading of cell images waits for you").tap()
    assert "synthetic" not in page.locator("main").inner_text().lower()
    page.get_by_role("link", name="Start reading").tap()
    expect(page.get_by_role("button", name="Start reading")).to_be_visible()
    refuse_telephones(browser, browser_context_args, page)
    page.get_by_role("button", name="Start reading").tap()
    reading = Reading(page)
    for number in range(1, 5):
        reading.at(f"Image {number} of 4")
        expect(page.get_by_text("Is this image real or synthetic?", exact=True)).to_be_hidden()
        page.get_by_role("button", name="Lymphocyte").tap()
        expect(page.get_by_text("Is this image real or synthetic?", exact=True)).to_be_visible()
        if number == 1:
            assert violations(page) == []
            wide = page.evaluate("() => document.documentElement.scrollWidth")
            assert wide <= 820
        page.wait_for_timeout(250)
        page.get_by_role("button", name="Rather synthetic").tap()
    expect(page.get_by_role("heading", name="Finished")).to_be_visible()
    context.close()
