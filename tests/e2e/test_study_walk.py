"""The published study from its preset to its report, by everybody who takes part, in one browser."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.conftest import Watch
from tests.e2e.left_behind import Requests
from tests.e2e.site import BrowsedSite
from tests.e2e.test_accessibility import set_theme, violations
from tests.factories import PASSWORD

IMAGES = 100
# Between two images the page waits for the eyes' sake. In the reader's window time runs so many times as fast.
HASTE = 25
HURRY = f"""
const now = performance.now.bind(performance);
performance.now = () => now() * {HASTE};
const later = window.setTimeout.bind(window);
window.setTimeout = (act, ms, ...rest) => later(act, (ms ?? 0) / {HASTE}, ...rest);
"""


@pytest.fixture
def made(site: BrowsedSite) -> dict[str, str]:
    """Ids of a project with enough cells and of studies in every state; they are made when first asked for."""
    if "studies_project" not in site.made:
        site.made |= json.loads(site._python("-m", "tests.e2e.seed_studies"))
    return site.made


class Walk:
    """One study's way; what axe finds on its pages is kept in ``found``."""

    def __init__(self, page: Page, project: str) -> None:
        self.page = page
        self.project = project
        self.study = ""
        self.found: dict[str, list[str]] = {}

    def look(self, name: str) -> None:
        """Keep what axe finds on a page that no other test comes by."""
        if lines := violations(self.page):
            self.found[name] = lines

    def press(self, name: str, page: Page | None = None) -> None:
        """Press a button with the keyboard."""
        (page or self.page).get_by_role("button", name=name, exact=True).press("Enter")

    def design(self) -> None:
        """From the preset to the design that is saved; what is typed is added up before that."""
        page = self.page
        page.goto(f"/projects/{self.project}/studies/")
        self.press("Design a study of the kind Jung 2022")
        page.get_by_label("Title", exact=True).fill("Jung 2022, once more")
        beside = page.get_by_role("complementary")
        expect(beside.get_by_text("There are enough images")).to_be_visible()
        page.get_by_label("Readers planned").fill("5")
        expect(beside.get_by_text(re.compile("answers of 5 readers are worth"))).to_be_visible()
        basophils = page.get_by_label("Basophil, images of arm 2")
        basophils.fill("40")
        expect(beside.get_by_text(re.compile("draws 40 of class basophil"))).to_be_visible()
        basophils.fill("10")
        expect(beside.get_by_text("There are enough images")).to_be_visible()
        self.press("Save and prepare")

    def prepare(self) -> None:
        """Wait for the images, read the audit, look at the study as a reader."""
        page = self.page
        expect(page.get_by_role("heading", name="Leak audit")).to_be_visible(timeout=30_000)
        self.study = page.url
        page.get_by_label("What you make of these figures").fill("Drawn cells, alike by how they are drawn.")
        self.press("Acknowledge")
        page.get_by_role("link", name="Preview as a reader").click()
        self.press("Start practice")
        expect(page.locator("[data-frame] img")).to_be_visible()
        self.look("preview")
        page.goto(self.study)

    def open(self) -> str:
        """Lock and open the study, and return the link for its reader."""
        page = self.page
        self.press("Lock")
        expect(page.get_by_text("The study is locked. Invite readers")).to_be_visible()
        self.press("Open")
        expect(page.get_by_text("The study is open: its readers")).to_be_visible()
        page.get_by_label("Name of the reader").fill("Dr Reader")
        self.press("Make a link")
        self.look("link")
        return page.get_by_label("Link", exact=True).input_value()

    def join(self, page: Page, link: str) -> None:
        """Make a reader's account, agree, and say who reads."""
        page.goto(link)
        page.get_by_label("Your name").fill("Dr Reader")
        page.get_by_label("E-mail address").fill("dr.reader@example.org")
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_label(re.compile("again")).fill(PASSWORD)
        self.press("Make my account", page)
        page.get_by_label(re.compile("I have read this")).check()
        self.press("Take part", page)
        page.get_by_label("What you are").select_option("haematologist")
        page.get_by_label("Years of reading blood smears").fill("12")
        page.get_by_label("No weakness that I know of").check()
        page.get_by_label("All eleven").check()
        self.press("Go on", page)

    def read(self, page: Page) -> None:
        """Answer every image with a key."""
        page.get_by_role("link", name="Start reading").press("Enter")
        self.press("Start reading", page)
        for number in range(1, IMAGES + 1):
            expect(page.locator("[data-progress]")).to_have_text(f"Image {number} of {IMAGES}")
            expect(page.locator("[data-frame] img")).to_be_visible()
            expect(page.locator("[data-answers=class] button").first).to_be_enabled()
            page.wait_for_timeout(20)  # a key so soon after the image belongs to the one before
            page.keyboard.press(str(1 + number % 5))
            if number % 25 == 0 and number < IMAGES:
                self.press("Go on", page)
        expect(page.get_by_role("heading", name="Finished")).to_be_visible()

    def close(self) -> None:
        """See how far the reader is, and end the reading."""
        page = self.page
        page.goto(self.study)
        expect(page.get_by_role("row", name=re.compile("R1"))).to_contain_text(f"{IMAGES} of {IMAGES}")
        self.press("Close")
        expect(page.get_by_text("The study is closed.", exact=True)).to_be_visible()
        expect(page.get_by_role("button", name="Unblind", exact=True)).to_be_disabled()

    def unblind(self) -> None:
        """Unblind, and look at the report."""
        page = self.page
        page.goto(self.study)
        page.get_by_label("Why now").fill("The one reader has finished.")
        self.press("Unblind")
        expect(page.get_by_text("The study is unblinded.", exact=True)).to_be_visible()
        page.get_by_role("link", name="Results").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("Jung 2022, once more")
        expect(page.get_by_text("Fisher").first).to_be_visible(timeout=20_000)


def test_jung_2022_from_design_to_report(
    page: Page,
    context: BrowserContext,
    browser: Any,
    browser_context_args: dict[str, Any],
    made: dict[str, str],
    sign_in: Callable[..., Page],
    watch: Watch,
) -> None:
    project = made["studies_project"]
    walk = Walk(page, project)
    sign_in("study-maker")
    walk.design()
    walk.prepare()
    link = walk.open()
    # The reader sits at another machine and has no role.
    elsewhere = browser.new_context(**browser_context_args)
    reading = elsewhere.new_page()
    reading.add_init_script(HURRY)
    watch.follow(reading)
    walk.join(reading, link)
    requests = Requests(reading)
    walk.read(reading)
    assert requests.problems(reading, images=IMAGES) == []
    for private in (f"/projects/{project}/", f"/projects/{project}/studies/", walk.study):
        assert reading.request.get(private).status == 404
    elsewhere.close()
    walk.close()
    context.clear_cookies()
    sign_in("study-manager")
    walk.unblind()
    assert walk.found == {}


@pytest.mark.parametrize(("theme", "width"), [("light", 1400), ("dark", 1000), ("viewing", 360)])
def test_the_staffs_pages_in_every_theme_and_width(
    page: Page,
    context: BrowserContext,
    site: BrowsedSite,
    made: dict[str, str],
    sign_in: Callable[..., Page],
    theme: str,
    width: int,
) -> None:
    sign_in("study-manager")
    set_theme(context, site, theme)
    page.set_viewport_size({"width": width, "height": 800})
    found = {}
    states = ("draft", "prepared", "locked", "open", "closed", "unblinded")
    pages = {state: f"/studies/{made[f'study_{state}']}/" for state in states}
    pages |= {
        "list": f"/projects/{made['shown_project']}/studies/",
        "empty list": f"/projects/{made['studies_project']}/studies/",
        "design": f"{pages['draft']}design/",
        "locked design": f"{pages['locked']}design/",
    }
    for name, place in pages.items():
        page.goto(place)
        if lines := violations(page):
            found[name] = lines
        if pictures := os.environ.get("SHOTS"):
            page.screenshot(path=Path(pictures) / f"{name}-{theme}.png", full_page=True)
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, f"{name}: {wide}"
    assert found == {}
