"""A real browser at a real site. Every test fails on errors in the console, on violations of the content security
policy, and on answers of 400 and above that it did not announce."""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Response, expect

from tests.e2e.site import BrowsedSite
from tests.factories import PASSWORD
from tests.kits.missing import missing

# The browser's driver runs an event loop in this thread, in which Django refuses every query otherwise: also those
# of other tests of the same process.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

# A test machine may be busy with other work; what is right comes in the end.
expect.set_options(timeout=20_000)

ROOT = Path(__file__).resolve().parent.parent.parent
AXE = ROOT / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
BUILT = ROOT / "static" / "build" / "slide.js"
THEME_COOKIE = "wbc_theme"

TELL_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`));
"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark everything here."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.e2e)
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """Start the machine's own Chromium; the driver's downloads are not needed."""
    path = (
        os.environ.get("WBCWEB_TEST_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    )
    if path is None:
        missing("Chromium (Debian: apt-get install chromium)")
    quiet = (
        "--disable-gpu --disable-quic --no-first-run --disable-background-networking "
        "--disable-component-update --disable-sync"
    )
    return {"executable_path": path, "args": quiet.split()}


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowsedSite]:
    """The site that the browser visits, filled, with its worker."""
    if not BUILT.exists() or not AXE.exists():
        missing("The built front end (npm ci and npm run build in frontend/)")
    with BrowsedSite(tmp_path_factory.mktemp("site")).up() as made:
        yield made


@dataclass
class Watch:
    """What went wrong in the browser, and what may."""

    problems: list[str] = field(default_factory=list)
    allowed: set[int] = field(default_factory=set)
    offline: bool = False

    def allow(self, *statuses: int, offline: bool = False) -> None:
        """Announce answers that a test provokes; ``offline``: also requests without any."""
        self.allowed |= set(statuses)
        self.offline = self.offline or offline

    def follow(self, page: Page) -> None:
        """Look at everything a page does."""
        page.add_init_script(TELL_VIOLATIONS)
        page.on("pageerror", lambda error: self.problems.append(f"error: {error}"))
        page.on("console", self._console)
        page.on("response", self._response)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type != "error":
            return
        if message.text.startswith("Failed to load resource"):
            # Answers are judged below, by their status; a request without any is judged here.
            if "status of" not in message.text and not self.offline:
                self.problems.append(f"console: {message.text} {message.location}")
            return
        self.problems.append(f"console: {message.text}")

    def _response(self, response: Response) -> None:
        if response.status >= 400 and response.status not in self.allowed:
            self.problems.append(f"{response.status} {response.request.method} {response.url}")


@pytest.fixture
def watch() -> Iterator[Watch]:
    """Collect what goes wrong in the browser and fail the test for it."""
    watching = Watch()
    yield watching
    assert watching.problems == []


@pytest.fixture
def browser_context_args(site: BrowsedSite) -> dict[str, Any]:
    """Give every test a fresh browser at the site."""
    return {"base_url": site.address, "viewport": {"width": 1400, "height": 900}, "reduced_motion": "reduce"}


@pytest.fixture
def page(context: BrowserContext, watch: Watch) -> Page:
    """A page that is watched."""
    made = context.new_page()
    watch.follow(made)
    return made


@pytest.fixture
def sign_in(page: Page) -> Callable[..., Page]:
    """Return a function that signs a person in through the form."""

    def act(who: str = "reviewer", *, on: Page | None = None) -> Page:
        here = on or page
        here.goto("/accounts/login/")
        here.get_by_label("E-mail address").fill(f"{who}@example.org")
        here.get_by_label("Password").fill(PASSWORD)
        here.locator("main").get_by_role("button", name="Sign in", exact=True).click()
        here.get_by_role("heading", name="What waits for you").wait_for()
        return here

    return act
