"""The gallery: until it can be used, from a key to the new class on screen, the server's word, filter and order."""

from __future__ import annotations

import time

from playwright.sync_api import Page

from pages import Bench, Figure, Seeded

TIMES = 10
KEYS = 40
SORTS = 5

READY = "[data-page=gallery][data-ready]"

PRESS = """async (keys) => {
  const times = [];
  for (let i = 0; i < keys; i += 1) {
    const tile = document.activeElement;
    const key = String(1 + (i % 5));
    const counts = () => [...document.querySelectorAll(".lane__count")].map((n) => n.textContent).join(" ");
    const before = counts();
    const from = performance.now();
    const press = { key, code: `Digit${key}`, bubbles: true, cancelable: true };
    tile.dispatchEvent(new KeyboardEvent("keydown", press));
    await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
    times.push(performance.now() - from);
    if (!tile.hasAttribute("data-labelled")) throw new Error("The new class is not drawn.");
    if (tile.hasAttribute("data-ghost") && counts() === before) throw new Error("The counts are old.");
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  return times;
}"""

WORDS = """() => performance.getEntriesByType("resource")
  .filter((entry) => /\\/cells\\/[^/]+\\/label\\/$/.test(entry.name))
  .map((entry) => entry.responseEnd - entry.startTime)"""

CHOOSE = """async ([selector, values]) => {
  const select = document.querySelector(selector);
  const times = [];
  for (const value of values) {
    select.value = value;
    const from = performance.now();
    select.dispatchEvent(new Event("change"));
    await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
    times.push(performance.now() - from);
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  return times;
}"""


def measure(bench: Bench) -> list[Figure]:
    """Return the figures of a gallery of 200 and of 10,000 cells."""
    small = bench.seed(fields=4, cells=50)
    large = bench.seed(fields=200, cells=50)
    keys, words = _keys(bench, large)
    return [
        Figure("gallery of 200 cells usable, nothing in the cache", _ready(bench, small), 1000),
        Figure("gallery of 10,000 cells usable, nothing in the cache", _ready(bench, large), 1500),
        Figure("key to new class drawn and counts updated, 10,000 cells", keys, 50),
        Figure("server's word for one label", words, 100),
        Figure("filter or sort of 10,000 cells", _choices(bench, large), 200),
    ]


def _open(page: Page, seeded: Seeded) -> float:
    """Go to the gallery of the first slide; return the ms until its cells are drawn and a key would work."""
    page.goto(f"/slides/{seeded.slides[0]}/gallery/", wait_until="commit")
    page.wait_for_selector(READY, state="attached", timeout=60_000)
    return float(page.locator(READY).get_attribute("data-ready") or "nan")


def _ready(bench: Bench, seeded: Seeded) -> list[float]:
    found = []
    for _ in range(TIMES):
        with bench.page(seeded) as page:
            found.append(_open(page, seeded))
            time.sleep(0.5)
    return found


def _keys(bench: Bench, seeded: Seeded) -> tuple[list[float], list[float]]:
    with bench.page(seeded) as page:
        _open(page, seeded)
        page.wait_for_timeout(2000)
        page.evaluate(PRESS, 3)  # warm
        drawn = page.evaluate(PRESS, KEYS)
        page.wait_for_timeout(1000)
        return drawn, page.evaluate(WORDS)[3:]


def _choices(bench: Bench, seeded: Seeded) -> list[float]:
    with bench.page(seeded) as page:
        _open(page, seeded)
        page.wait_for_timeout(2000)
        orders = ["largest", "surest", "position", "review"] * SORTS
        filters = ["neutrophil", "", "?", ""] * SORTS
        sorted_in = page.evaluate(CHOOSE, ["[data-order]", orders])
        filtered = page.evaluate(CHOOSE, ["[data-filter-class]", filters])
        return [*sorted_in, *filtered]
