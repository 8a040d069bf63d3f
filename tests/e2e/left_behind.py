"""What a reader's browser asks for and keeps: nothing that a later look at the machine could tell (channel 28)."""

from __future__ import annotations

import re

from playwright.sync_api import Page, Request

_IMAGE = re.compile(r"/readings/[0-9a-f-]{36}/images/([0-9a-f]{32})/")
_KEPT = """
async () => ({
  workers: (await navigator.serviceWorker?.getRegistrations() ?? []).length,
  databases: (await indexedDB.databases()).length,
  caches: (await caches.keys()).length,
  stored: JSON.stringify({ ...localStorage }) + JSON.stringify({ ...sessionStorage }),
  shown: document.querySelectorAll("img[src^='blob:'], img[src*='/images/']").length,
})
"""


class Requests:
    """Notes in which order a page asks for images, and how far it is with answers each time."""

    def __init__(self, page: Page) -> None:
        self._answers = 0
        self.images: list[str] = []
        self.ahead: list[int] = []
        page.on("request", self._note)

    def _note(self, request: Request) -> None:
        if found := _IMAGE.search(request.url):
            self.images.append(found[1])
            # The present image is one more than the answers that were sent.
            self.ahead.append(len(set(self.images)) - self._answers - 1)
        elif request.method == "POST" and request.url.endswith("/readings/"):
            self._answers += 1

    def problems(self, page: Page, *, images: int) -> list[str]:
        """Return what the browser should not have done or kept, once all images are read."""
        kept = page.evaluate(_KEPT)
        found = [
            f"{name}: {kept[name]}" for name in ("workers", "databases", "caches", "shown") if kept[name]
        ]
        found += ["an address is kept" for address in set(self.images) if address in kept["stored"]]
        if len(set(self.images)) != images:
            found.append(f"{len(set(self.images))} images asked for")
        if len(self.images) != len(set(self.images)):
            found.append("an image was asked for twice")
        if max(self.ahead) > 1:
            found.append(f"{max(self.ahead)} images ahead")
        return found
