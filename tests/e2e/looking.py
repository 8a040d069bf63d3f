"""Words for what a person does and sees on the slide page."""

import re
from dataclasses import dataclass

from playwright.sync_api import Locator, Page, expect


@dataclass
class SlidePage:
    """The slide page in a browser."""

    page: Page

    def open(self, slide: str) -> "SlidePage":
        """Go to a slide and wait for its image and cells."""
        self.page.goto(f"/slides/{slide}/")
        return self.ready()

    def ready(self) -> "SlidePage":
        """Wait for image and cells."""
        expect(self.page.locator("[data-loading]")).to_be_hidden()
        expect(self.rows.first).to_be_visible()
        return self

    @property
    def rows(self) -> Locator:
        """The rows of the list that are drawn."""
        return self.page.get_by_role("listbox", name="Cells of this slide").get_by_role("option")

    @property
    def selected(self) -> Locator:
        """The selected row."""
        return self.page.locator('[role=option][aria-selected="true"]')

    @property
    def title(self) -> Locator:
        """The class of the selected cell, in the panel."""
        return self.page.locator("[data-detail-title]")

    @property
    def saved(self) -> Locator:
        """The server's word."""
        return self.page.locator("[data-saved]")

    @property
    def progress(self) -> Locator:
        """How many are reviewed."""
        return self.page.locator("[data-progress]")

    @property
    def image(self) -> Locator:
        """What takes the keys of the image."""
        return self.page.locator(".openseadragon-canvas")

    def count_of(self, name: str) -> int:
        """The count of a class in the differential; 0 when it has no row."""
        cells = self.page.locator(f'[data-counts] tr[data-class="{name}"] td.number')
        return int(cells.first.inner_text()) if cells.count() else 0

    def press(self, *keys: str) -> None:
        """Press keys, one after the other."""
        for key in keys:
            self.page.keyboard.press(key)

    def reviewed(self) -> int:
        """The number in "3 of 9 reviewed"."""
        found = re.match(r"(\d+) of", self.progress.inner_text())
        assert found, self.progress.inner_text()
        return int(found[1])

    def ink(self, x: float, y: float, side: int = 12) -> int:
        """How many pixels of the boxes' layer are drawn around a point of the viewer (CSS pixels)."""
        return int(
            self.page.evaluate(
                """([x, y, side]) => {
                  const canvas = document.querySelector(".stage__boxes");
                  const density = canvas.width / canvas.clientWidth;
                  const size = side * density;
                  const data = canvas.getContext("2d").getImageData(
                    x * density - size / 2, y * density - size / 2, size, size).data;
                  let drawn = 0;
                  for (let i = 3; i < data.length; i += 4) if (data[i] > 0) drawn += 1;
                  return drawn;
                }""",
                [x, y, side],
            )
        )

    def on_screen(self, box: list[float], width: int, height: int) -> tuple[float, float, float, float]:
        """Where a box of a field lies in the viewer while the whole field is shown, in CSS pixels."""
        area = self.page.locator("[data-viewer]").bounding_box()
        assert area is not None
        scale = min(area["width"] / width, area["height"] / height)
        left, top = (area["width"] - scale * width) / 2, (area["height"] - scale * height) / 2
        x0, y0, x1, y1 = box
        return left + x0 * scale, top + y0 * scale, left + x1 * scale, top + y1 * scale
