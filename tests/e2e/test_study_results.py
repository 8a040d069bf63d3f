"""The results of a study in every theme and width: nothing that axe finds, and no page wider than its window."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.site import BrowsedSite
from tests.e2e.test_accessibility import set_theme, violations


@pytest.fixture
def made(site: BrowsedSite) -> dict[str, str]:
    """The studies, made when the first test asks for them."""
    if "results_unblinded" not in site.made:
        site.made |= json.loads(site._python("-m", "tests.e2e.seed_study_results"))
    return site.made


def test_results_in_every_theme_and_width(
    page: Page, context: BrowserContext, site: BrowsedSite, made: dict[str, str], sign_in: Callable[..., Page]
) -> None:
    sign_in("results-manager")
    places = {
        state: f"/studies/{made[f'results_{state}']}/results/" for state in ("unblinded", "closed", "open")
    }
    page.goto(places["unblinded"])
    # The page shows the results by itself when the worker has them.
    expect(page.get_by_role("heading", name="What the data allow to be said")).to_be_visible(timeout=40_000)
    found = {}
    visits = (
        ("unblinded", "light", 1400),
        ("unblinded", "dark", 1000),
        ("unblinded", "viewing", 360),
        ("closed", "dark", 360),
        ("open", "light", 1000),
    )
    for name, theme, width in visits:
        set_theme(context, site, theme)
        page.set_viewport_size({"width": width, "height": 800})
        page.goto(places[name])
        for fold in page.locator("details > summary").all():
            fold.press("Enter")
        if lines := violations(page):
            found[f"{name}, {theme}"] = lines
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, f"{name}, {theme}: {wide}"
    assert found == {}
    page.goto(places["unblinded"])
    page.get_by_role("link", name="report.pdf").focus()
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    assert download.value.suggested_filename.endswith("-report.pdf")
