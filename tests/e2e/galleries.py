"""Words for what a person does and sees in the gallery."""

import re
from dataclasses import dataclass

from playwright.sync_api import Locator, Page, expect


@dataclass
class GalleryPage:
    """The gallery in a browser."""

    page: Page

    def open(self, slide: str, *, cell: str = "") -> "GalleryPage":
        """Go to the gallery of a slide and wait for its cells."""
        self.page.goto(f"/slides/{slide}/gallery/" + (f"?cell={cell}" if cell else ""))
        return self.ready()

    def ready(self) -> "GalleryPage":
        """Wait for the cells."""
        expect(self.page.locator("[data-page=gallery][data-ready]")).to_be_attached()
        return self

    @property
    def tiles(self) -> Locator:
        """The cells that are in the document."""
        return self.page.get_by_role("gridcell")

    @property
    def focused(self) -> Locator:
        """The cell that has the focus."""
        return self.page.locator("[role=gridcell]:focus")

    @property
    def saved(self) -> Locator:
        """The server's word."""
        return self.page.locator("[data-saved]")

    @property
    def live(self) -> Locator:
        """What is said to those who hear the page."""
        return self.page.locator("[data-live]")

    @property
    def progress(self) -> Locator:
        """How many are reviewed."""
        return self.page.locator("[data-progress]")

    def lane(self, name: str) -> Locator:
        """The lane of a class."""
        return self.page.locator(f'[data-lane="{name}"]')

    def tile(self, cell: str) -> Locator:
        """One cell."""
        return self.page.locator(f'[data-cell="{cell}"]')

    def count_of(self, name: str) -> int:
        """The number in the head of a lane."""
        return int(self.lane(name).locator(".lane__count").inner_text().split()[-1])

    def ids(self, lane: str) -> list[str]:
        """The cells of a lane that are in the document, as they lie."""
        found: list[str] = (
            self.lane(lane)
            .locator("[data-cell]")
            .evaluate_all("(tiles) => tiles.map((tile) => tile.dataset.cell)")
        )
        return found

    def press(self, *keys: str) -> None:
        """Press keys, one after the other."""
        for key in keys:
            self.page.keyboard.press(key)

    def reviewed(self) -> int:
        """The number in "3 of 9 reviewed"."""
        found = re.match(r"(\d+) of", self.progress.inner_text())
        assert found, self.progress.inner_text()
        return int(found[1])
