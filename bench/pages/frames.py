"""The slide page with 5,000 boxes on one field: frames while it is moved and zoomed, from a key to what it draws."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page

from pages import Bench, Figure, Seeded

SECONDS = 2.0
TIMES = 5
KEYS = 30

# Frames that the page draws while the mouse drags the image to and fro, or the wheel turns.
START = """() => {
  window.benchFrames = [];
  const tick = (now) => { window.benchFrames.push(now); window.benchNext = requestAnimationFrame(tick); };
  window.benchNext = requestAnimationFrame(tick);
}"""

STOP = """() => {
  cancelAnimationFrame(window.benchNext);
  const frames = window.benchFrames;
  return (1000 * (frames.length - 1)) / (frames[frames.length - 1] - frames[0]);
}"""

PRESS = """async (keys) => {
  const target = document.querySelector(".openseadragon-canvas");
  const title = document.querySelector("[data-detail-title]");
  const times = [];
  for (let i = 0; i < keys; i += 1) {
    const key = String(1 + (i % 5));
    const before = title.textContent;
    const from = performance.now();
    const press = { key, code: `Digit${key}`, bubbles: true, cancelable: true };
    target.dispatchEvent(new KeyboardEvent("keydown", press));
    await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
    times.push(performance.now() - from);
    if (i > 0 && title.textContent === before) throw new Error("The new class is not drawn.");
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  return times;
}"""


def measure(bench: Bench) -> list[Figure]:
    """Return frames a second and the time from a key to the drawn class, with 5,000 boxes on one field."""
    seeded = _seeded(bench)
    figures = []
    with bench.page(seeded) as page:
        _open(page, seeded)
        for name, steps in (("overview", 0), ("half zoomed in", 4), ("at a few cells", 9)):
            for _ in range(steps):
                page.keyboard.press("+")
            page.wait_for_timeout(600)
            pan = [_frames(page, _drag) for _ in range(TIMES)]
            figures.append(Figure(f"pan with 5,000 boxes, {name}", pan, 50, "frames/s", more_is_better=True))
            page.keyboard.press("f")
        page.wait_for_timeout(600)
        zoom = [_frames(page, _wheel) for _ in range(TIMES)]
        figures.append(Figure("zoom with 5,000 boxes", zoom, 50, "frames/s", more_is_better=True))
        page.keyboard.press("f")
        page.keyboard.press("n")
        page.wait_for_timeout(1500)
        keys = page.evaluate(PRESS, KEYS)
    figures.append(Figure("key to new class drawn on the slide page, 5,000 boxes", keys, 50))
    return figures


def _seeded(bench: Bench) -> Seeded:
    """Fill a project with a slide of one large field; the boxes of `Bench.seed` would lie outside a small one."""
    made = bench.seed(fields=1, cells=1)
    command = [sys.executable, str(Path(__file__).with_name("frames_seed.py")), made.project]
    environment = {**bench.site.environment, "DJANGO_SETTINGS_MODULE": "wbcweb.settings"}
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return Seeded(made.project, [done.stdout.split()[-1]], made.cookies)


def _open(page: Page, seeded: Seeded) -> None:
    page.goto(f"/slides/{seeded.slides[0]}/")
    page.wait_for_selector("[data-loading]", state="hidden", timeout=60_000)
    page.locator(".openseadragon-canvas").focus()


def _frames(page: Page, act: Callable[[Page], None]) -> float:
    page.evaluate(START)
    act(page)
    return float(page.evaluate(STOP))


def _middle(page: Page) -> tuple[float, float]:
    area = page.locator("[data-viewer]").bounding_box()
    if area is None:
        raise SystemExit("The slide page shows no viewer.")
    return area["x"] + area["width"] / 2, area["y"] + area["height"] / 2


def _drag(page: Page) -> None:
    """Drag the image to and fro, as a hand does: a small step every hundredth of a second."""
    x, y = _middle(page)
    page.mouse.move(x, y)
    page.mouse.down()
    for step in range(int(SECONDS * 60)):
        page.mouse.move(x + 150 * (1 - abs(1 - (step % 60) / 30)), y + 60 * (step % 60) / 60)
        page.wait_for_timeout(10)
    page.mouse.up()


def _wheel(page: Page) -> None:
    """Turn the wheel in and out."""
    x, y = _middle(page)
    page.mouse.move(x, y)
    for step in range(int(SECONDS * 12)):
        page.mouse.wheel(0, -120 if step % 8 < 4 else 120)
        page.wait_for_timeout(60)
