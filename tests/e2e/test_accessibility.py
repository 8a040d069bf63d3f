"""No violation of WCAG 2.2 A and AA that a program can find: every page in light and dark, the slide page also in the
viewing theme, which is made for it."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.conftest import AXE, THEME_COOKIE, Watch
from tests.e2e.looking import SlidePage
from tests.e2e.site import BrowsedSite

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
THEMES = ("light", "dark", "viewing")

SIGNED_OUT = {"login": "/accounts/login/", "help": "/help/", "manual": "/help/manual/reviewing/"}
FOR_REVIEWER = {
    "home": "/",
    "projects": "/projects/",
    "project": "/projects/{project}/",
    "trash": "/projects/{project}/trash/",
    "members": "/projects/{project}/members/",
    "slide": "/slides/{small}/",
    "empty slide": "/slides/{empty}/",
    "table": "/slides/{small}/table/",
    "gallery": "/slides/{small}/gallery/",
    "empty gallery": "/slides/{empty}/gallery/",
    "gallery of a project": "/projects/{project}/gallery/",
    "differential and signing": "/slides/{small}/sign/",
    "differential of an empty slide": "/slides/{empty}/sign/",
    "signing rules to read": "/projects/{project}/signing/",
    "reports": "/projects/{project}/reports/",
    "second readings": "/projects/{project}/second-readings/",
    "edit slide": "/slides/{small}/edit/",
    "location checks": "/projects/{project}/location-checks/",
    "jobs": "/jobs/",
    "models": "/models/",
    "model": "/models/{model}/",
    "account": "/accounts/me/",
    "tokens": "/accounts/tokens/",
    "API": "/api/v1/docs/",
    "password": "/accounts/password/change/",
    "logout": "/accounts/logout/",
}
FOR_ADMINISTRATOR = {
    "people": "/people/",
    "site record": "/people/audit/",
    "self-check": "/self-check/",
    "project record": "/projects/{project}/audit/",
    "trash to empty": "/projects/{project}/trash/",
    "how a project reviews": "/projects/{project}/review-settings/",
    "signing rules": "/projects/{project}/signing/",
    "import and export": "/projects/{project}/datasets/",
    "classes of an import": "/imports/{mapping}/",
    "receipt of an import": "/imports/{receipt}/",
    "erase specimen": "/specimens/{specimen}/erase/",
    "erase person": "/people/{person}/erase/",
}


def violations(page: Page) -> list[str]:
    """Return what axe finds on the page, one line each."""
    page.evaluate(AXE.read_text())
    found = page.evaluate(
        "(tags) => axe.run(document, { runOnly: tags, resultTypes: ['violations'] })"
        ".then((result) => result.violations)",
        TAGS,
    )
    return [f"{rule['id']}: {node['html'][:160]}" for rule in found for node in rule["nodes"]]


def address(site: BrowsedSite, pattern: str) -> str:
    names = {name: value for name, value in site.made.items() if name != "slides"}
    return pattern.format(**names, **site.made["slides"])


def set_theme(context: BrowserContext, site: BrowsedSite, theme: str) -> None:
    context.add_cookies([{"name": THEME_COOKIE, "value": theme, "url": site.address}])


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("name", SIGNED_OUT)
def test_pages_before_signing_in(page: Page, site: BrowsedSite, name: str, theme: str) -> None:
    set_theme(page.context, site, theme)
    page.goto(SIGNED_OUT[name])
    assert violations(page) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("who", "pages"), [("reviewer", FOR_REVIEWER), ("admin", FOR_ADMINISTRATOR)])
def test_pages_of(
    page: Page,
    site: BrowsedSite,
    sign_in: Callable[..., Page],
    who: str,
    pages: dict[str, str],
    theme: str,
) -> None:
    sign_in(who)
    set_theme(page.context, site, theme)
    found = {}
    for name, pattern in pages.items():
        answer = page.goto(address(site, pattern))
        assert answer is not None, name
        assert answer.status == 200, name
        page.wait_for_load_state("networkidle")
        if lines := violations(page):
            found[name] = lines
    assert found == {}


@pytest.mark.parametrize("theme", THEMES)
def test_a_slide_at_work(page: Page, site: BrowsedSite, sign_in: Callable[..., Page], theme: str) -> None:
    sign_in()
    set_theme(page.context, site, theme)
    slide = SlidePage(page).open(site.made["slides"]["small"])
    slide.press("n")
    expect(slide.title).not_to_be_empty()
    assert violations(page) == []
    slide.press("?")
    assert violations(page) == []


def test_refusals_are_pages_too(
    page: Page, site: BrowsedSite, sign_in: Callable[..., Page], watch: Watch
) -> None:
    watch.allow(403, 404)
    sign_in()
    for path, status in (("/nothing/here/", 404), ("/people/", 403)):
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == status
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        assert violations(page) == []


def test_a_project_without_anything(page: Page, site: BrowsedSite, sign_in: Callable[..., Page]) -> None:
    sign_in("newcomer")
    expect(page.get_by_text("You are in no project yet")).to_be_visible()
    assert violations(page) == []


def test_the_theme_is_kept_and_painted_by_the_server(
    page: Page, site: BrowsedSite, sign_in: Callable[..., Page]
) -> None:
    sign_in()
    page.get_by_text("Rita Reviewer").click()
    page.get_by_role("button", name="Viewing").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "viewing")
    text = page.request.get(f"/slides/{site.made['slides']['small']}/").text()
    assert 'data-theme="viewing"' in text
    slide = SlidePage(page).open(site.made["slides"]["small"])
    expect(slide.page.locator(".stage")).to_have_css("background-color", "rgb(128, 128, 128)")


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/help/",
        "/help/manual/reviewing/",
        "/projects/{project}/",
        "/projects/{project}/signing/",
        "/projects/{project}/reports/",
        "/slides/{small}/sign/",
        "/slides/{small}/",
        "/jobs/",
        "/models/",
        "/accounts/login/",
    ],
)
def test_narrow_screens_need_no_sideways_scrolling(
    page: Page, site: BrowsedSite, sign_in: Callable[..., Page], path: str
) -> None:
    if "login" not in path:
        sign_in()
    page.set_viewport_size({"width": 320, "height": 700})
    page.goto(address(site, path))
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 320


def test_the_table_of_slides_fits_a_laptop(
    page: Page, site: BrowsedSite, sign_in: Callable[..., Page]
) -> None:
    sign_in()
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(address(site, "/projects/{project}/"))
    table = page.get_by_role("region", name="Slides")
    expect(table.get_by_role("columnheader", name="Actions")).to_be_visible()
    assert table.evaluate("(wrap) => wrap.scrollWidth - wrap.clientWidth") == 0
