"""The part of the walk for the manual's pictures in which a slide is reviewed, signed and read a second time."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Page

TALL = {"width": 1120, "height": 900}
WIDE = {"width": 1440, "height": 860}
_REST_MS = 1_500
_SECOND = "Rita Reviewer"


class ReviewWalk:
    """Gallery, differential, report, second reading; ``shoot`` takes a picture, ``top`` names an upper part."""

    def __init__(self, shoot: Callable[..., None], top: Callable[[int], dict[str, float]]) -> None:
        self._shoot = shoot
        self._top = top

    def take(self, mine: Page, theirs: Page, project: Callable[[Page], None]) -> None:
        """Walk from the signing rules to the second reading, which is of another slide than the signed one."""
        project(mine)
        mine.get_by_role("link", name="Signing rules").click()
        mine.get_by_label("Or a new laboratory, by name").fill("Haematology, demonstration")
        mine.get_by_label("Leukocytes to count at least").fill("1")
        mine.get_by_role("button", name="Save", exact=True).click()
        mine.set_viewport_size(TALL)
        self._shoot("signing-rules", mine, clip=self._top(820))
        self._gallery(mine, project)
        self._sign(mine)
        project(mine)
        mine.get_by_role("link", name="Reports").click()
        self._shoot("reports", mine, clip=self._top(430))
        self._read(mine, theirs, project)

    def _gallery(self, page: Page, project: Callable[[Page], None]) -> None:
        page.set_viewport_size(WIDE)
        project(page)
        row = page.get_by_role("row").filter(has_text="S-0232").first
        row.get_by_role("link", name="Gallery").click()
        page.locator("main[data-ready]").wait_for()
        page.keyboard.press("Space")
        page.keyboard.press("Space")
        page.wait_for_timeout(_REST_MS)
        self._shoot("gallery", page)
        live = page.locator("[data-live]")
        for _ in range(300):
            if "Every cell here is reviewed" in live.inner_text():
                break
            before = page.locator("[data-progress]").inner_text()
            page.keyboard.press("Space")
            page.wait_for_timeout(40)
            if page.locator("[data-progress]").inner_text() == before:
                page.keyboard.press("x")  # the model left it open, and Space has nothing to confirm
        page.get_by_text("saved", exact=True).wait_for()
        page.wait_for_timeout(2 * _REST_MS)

    def _sign(self, page: Page) -> None:
        page.set_viewport_size(TALL)
        page.keyboard.press("s")
        page.get_by_label("Does the smear serve for a differential?").select_option(label="Good")
        page.get_by_role("button", name="Save the sheet").click()
        page.get_by_text("Smear: good").wait_for()
        self._shoot("sign", page)
        page.get_by_role("button", name="Sign", exact=True).click()
        page.get_by_role("heading", name=re.compile("Differential, report")).wait_for()
        self._shoot("report", page)

    def _read(self, mine: Page, theirs: Page, project: Callable[[Page], None]) -> None:
        project(mine)
        mine.get_by_role("link", name="S-0231", exact=True).click()
        mine.get_by_role("link", name="Second reading", exact=True).click()
        mine.get_by_label("Second reader").select_option(label=_SECOND)
        mine.get_by_role("button", name="Ask", exact=True).click()
        theirs.set_viewport_size(TALL)
        theirs.goto("/")
        theirs.get_by_role("link", name="A second reading waits for you").click()
        theirs.locator("[data-open-body]").wait_for()
        for key in "121":
            theirs.keyboard.press(key)
        theirs.wait_for_timeout(_REST_MS)
        self._shoot("second-reading", theirs)
