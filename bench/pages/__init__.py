"""What a person waits for on the pages, in a real Chromium at a site of its own; a module here for each page.

A part is a module with ``measure(bench) -> list[Figure]``; `PARTS` names them in the order of the table.
"""

from __future__ import annotations

import json
import math
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module, util
from pathlib import Path
from typing import Any

from machine import mark, table
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
LOAD = ROOT / "bench" / "load"
PARTS = ("pages.gallery", "pages.frames")
VIEWPORT = {"width": 1400, "height": 900}


@dataclass(frozen=True)
class Figure:
    """One line of the table: what was measured, how often, and what it should be."""

    what: str
    values: Sequence[float]
    target: float
    unit: str = "ms"
    more_is_better: bool = False

    @property
    def worst(self) -> float:
        """Return the 95th percentile, or the 5th where more is better (nearest rank)."""
        ordered = sorted(self.values, reverse=self.more_is_better)
        return ordered[math.ceil(0.95 * len(ordered)) - 1]

    @property
    def middle(self) -> float:
        """Return the median."""
        return sorted(self.values)[len(self.values) // 2]

    @property
    def met(self) -> bool:
        """Say whether the target is met."""
        return self.worst >= self.target if self.more_is_better else self.worst <= self.target

    def row(self) -> list[str]:
        """Return the line."""
        sign = ">=" if self.more_is_better else "<="
        return [
            self.what,
            f"{self.middle:.0f} {self.unit}",
            f"{self.worst:.0f} {self.unit}",
            str(len(self.values)),
            f"{sign} {self.target:.0f} {self.unit}: {mark(self.met)}",
        ]


@dataclass(frozen=True)
class Seeded:
    """A project that was filled: its slides and a session of its reviewer."""

    project: str
    slides: list[str]
    cookies: list[dict[str, str]]


@dataclass
class Bench:
    """A running site and a browser."""

    site: Any
    browser: Browser

    def seed(self, *, fields: int, cells: int) -> Seeded:
        """Fill a project with one slide of so many fields with so many cells each, with pictures."""
        asked = ["--slides", "1", "--fields", str(fields), "--cells", str(cells), "--pictures"]
        command = [sys.executable, str(LOAD / "seed.py"), *asked]
        done = subprocess.run(
            command, cwd=ROOT, env=self.site.environment, stdout=subprocess.PIPE, text=True, check=True
        )
        made = json.loads(done.stdout.splitlines()[-1])
        cookie = {"name": made["cookie"], "value": made["sessions"][0], "url": self.site.url}
        return Seeded(made["project"], made["slides"], [cookie])

    @contextmanager
    def page(self, seeded: Seeded) -> Iterator[Page]:
        """Open a page of a fresh browser profile, signed in: nothing is in its cache."""
        context = self.browser.new_context(base_url=self.site.url, viewport=VIEWPORT)  # type: ignore[arg-type]
        context.add_cookies(seeded.cookies)  # type: ignore[arg-type]
        try:
            yield context.new_page()
        finally:
            context.close()


@dataclass(frozen=True)
class Result:
    """All figures of the pages."""

    figures: list[Figure]

    @property
    def met(self) -> bool:
        """Say whether all targets are met."""
        return all(figure.met for figure in self.figures)

    def table(self) -> str:
        """Return the Markdown of the measurement."""
        head = ["pages in Chromium", "median", "95th percentile", "n", "target"]
        return table(head, [figure.row() for figure in self.figures])


def measure() -> Result:
    """Run every part that is there and return its figures."""
    sys.path[:0] = [str(LOAD)]
    import site_of_its_own

    program = os.environ.get("WBCWEB_TEST_CHROMIUM") or shutil.which("chromium")
    if program is None:
        raise SystemExit("The pages are measured in Chromium: apt-get install chromium.")
    seed = ("--slides", "1", "--fields", "1", "--cells", "1")
    figures: list[Figure] = []
    with site_of_its_own.running(seed=seed) as site, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program, args=["--disable-gpu", "--no-first-run"])
        bench = Bench(site, browser)
        for name in PARTS:
            if util.find_spec(name) is not None:
                print(f"Measuring {name} ...", file=sys.stderr, flush=True)
                figures += import_module(name).measure(bench)
        browser.close()
    return Result(figures)
