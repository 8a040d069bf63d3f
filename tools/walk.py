"""The walk through a site for the pictures of the manual: what a person would do, and where to press the shutter."""

from __future__ import annotations

import base64
import hashlib
import hmac
import io
import re
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from devkit.common import ROOT, say
from PIL import Image, ImageColor
from playwright.sync_api import BrowserContext, Locator, Page, sync_playwright
from walk_review import ReviewWalk

TARGET = ROOT / "static" / "manual"
MOST_BYTES = 150_000
SIZE = {"width": 1120, "height": 700}
WIDE = {"width": 1280, "height": 740}  # the slide page in three columns
ADMINISTRATOR = "admin@localhost"
REVIEWER = "rita@example.org"
_COLOURS = (160, 128, 96, 72, 56, 40)
_FLAT = 16  # how many colours of surfaces and text are kept as they are
_FIELDS = 14
_PATIENCE_MS = 180_000
_REST_MS = 2_000  # the viewer's spring comes to rest


class Walk:
    """One walk; ``wanted`` names pictures, none means all. Those not wanted are walked past."""

    def __init__(
        self, address: str, password: str, chromium: str, *, folder: Path, wanted: list[str]
    ) -> None:
        self._address = address
        self._password = password
        self._chromium = chromium
        self._folder = folder
        self._wanted = set(wanted)

    def take_all(self) -> None:
        """Walk from the first sign-in to the trash."""
        TARGET.mkdir(parents=True, exist_ok=True)
        with sync_playwright() as driver:
            browser = driver.chromium.launch(
                executable_path=self._chromium, args=["--disable-gpu", "--no-sandbox"]
            )
            with self._person(browser.new_context(**self._context)) as mine:
                self._sign_in(mine)
                self._shoot("home", mine, clip=top(600))
                self._second_factor(mine)
                with self._person(browser.new_context(**self._context)) as theirs:
                    self._invite(mine, theirs)
                    self._upload(mine)
                    ReviewWalk(self._shoot, top).take(mine, theirs, self._project)
                    mine.set_viewport_size(SIZE)
                    self._slide(mine, theirs)
                self._trash(mine)
                mine.goto("/self-check/")
                self._shoot("self-check", mine)
            browser.close()

    @property
    def _context(self) -> dict[str, object]:
        return {
            "viewport": SIZE,
            "color_scheme": "light",
            "reduced_motion": "reduce",
            "base_url": self._address,
            "locale": "en-GB",
        }

    @contextmanager
    def _person(self, context: BrowserContext) -> Iterator[Page]:
        page = context.new_page()
        page.set_default_timeout(_PATIENCE_MS)
        try:
            yield page
        finally:
            context.close()

    def _shoot(self, name: str, what: Page | Locator, *, clip: dict[str, float] | None = None) -> None:
        """Write a picture with as many colours as its size allows."""
        if self._wanted and name not in self._wanted:
            return
        extra = {"clip": clip} if clip else {}
        full = Image.open(io.BytesIO(what.screenshot(**extra))).convert("RGB")
        for colours in _COLOURS:
            stream = io.BytesIO()
            with_few_colours(full, colours).save(stream, "PNG", optimize=True)
            if stream.tell() < MOST_BYTES:
                break
        (TARGET / f"{name}.png").write_bytes(stream.getvalue())
        say(f"{name}.png: {full.width} x {full.height}, {colours} colours, {stream.tell() // 1000} kB")

    def _sign_in(self, page: Page) -> None:
        page.goto("/accounts/login/")
        page.get_by_label("E-mail address").fill(ADMINISTRATOR)
        page.get_by_label("Password").fill(self._password)
        page.locator("main").get_by_role("button", name="Sign in", exact=True).click()
        page.get_by_role("heading", name="What waits for you").wait_for()
        page.goto("/accounts/me/")
        page.locator("main").get_by_label("Name").fill("Ada Admin")
        page.get_by_role("button", name="Save").click()
        page.goto("/")

    def _second_factor(self, page: Page) -> None:
        page.goto("/accounts/security/app/")
        self._shoot("second-factor", page, clip=top(600))
        page.get_by_label("Code").fill(code_of(page.locator(".secret").inner_text()))
        page.get_by_role("button", name="Set up").click()
        page.get_by_role("link", name="I have kept them").click()
        page.set_viewport_size({"width": 1120, "height": 1000})
        self._shoot("security", page)
        page.set_viewport_size(SIZE)

    def _invite(self, mine: Page, theirs: Page) -> None:
        mine.goto("/people/")
        mine.get_by_label("E-mail address").fill(REVIEWER)
        mine.get_by_label("Project").select_option(label="Demonstration")
        mine.get_by_label("Role").select_option(label="Reviewer")
        mine.get_by_role("button", name="Make invitation link").click()
        link = mine.get_by_label("Link", exact=True).input_value()
        # The picture is public: what stands in it opens nothing.
        mine.get_by_label("Link", exact=True).evaluate(
            "(box) => { box.value = box.value.slice(0, 48) + '…'; }"
        )
        self._shoot("invitation", mine, clip=top(420))
        theirs.goto(link)
        theirs.get_by_label("Your name").fill("Rita Reviewer")
        for label in ("Password", "Password again"):
            theirs.get_by_label(label, exact=True).fill(self._password)
        theirs.get_by_role("button", name="Make my account").click()
        theirs.get_by_role("heading", name="What waits for you").wait_for()
        mine.set_viewport_size({"width": 1440, "height": 700})
        mine.goto("/people/")
        self._shoot("people", mine, clip={**top(420), "width": 1440})
        mine.set_viewport_size(SIZE)
        self._project(mine)
        mine.get_by_role("link", name="Members").click()
        self._shoot("members", mine, clip=top(620))

    def _project(self, page: Page) -> None:
        page.goto("/projects/")
        page.get_by_role("link", name="Demonstration", exact=True).click()

    def _upload(self, page: Page) -> None:
        self._project(page)
        pictures = list(self._pictures())
        notes = self._folder / "counting-sheet.jpg"
        notes.write_text("Not a picture at all.\n")
        page.locator("input[type=file]").set_input_files([*pictures[:3], notes])
        page.get_by_label("Title of the slide").fill("S-0231")
        page.get_by_role("button", name="Upload 4 files").click()
        page.get_by_text("3 stored, 1 not stored").wait_for()
        page.set_viewport_size({"width": 1120, "height": 1000})  # the bar at the top would lie over the panel
        self._shoot("upload", page.locator("[data-upload]"))
        page.set_viewport_size(SIZE)
        self._project(page)
        page.locator("input[type=file]").set_input_files(pictures[3:])
        page.get_by_label("Title of the slide").fill("S-0232")
        page.get_by_role("button", name=f"Upload {len(pictures) - 3} files").click()
        page.get_by_text(f"{len(pictures) - 3} stored").wait_for()
        self._job(page)
        page.get_by_text("Done", exact=True).first.wait_for()
        self._project(page)
        page.get_by_role("heading", name="Demonstration").wait_for()
        page.locator("table.slides").scroll_into_view_if_needed()
        self._shoot("project", page)

    def _job(self, page: Page) -> None:
        """Catch the analysis of the large slide at work."""
        page.goto("/jobs/")
        page.get_by_role("link", name=re.compile("^Analyse")).first.click()
        page.locator(".job-progress__count", has_text=re.compile("[3-9] of")).wait_for()
        self._shoot("job", page, clip=top(520))

    def _pictures(self) -> Iterator[Path]:
        """Draw smears as a camera would write them."""
        from ml.simulator import simulate_field, to_png

        shown = ("neutrophil", "lymphocyte", "monocyte", "eosinophil", "basophil")
        for number in range(3 + _FIELDS):
            path = self._folder / f"field-{number + 1:02}.png"
            path.write_bytes(
                to_png(simulate_field(900 + number, white_cells=shown[number % 4 : number % 4 + 2]))
            )
            yield path

    def _slide(self, mine: Page, theirs: Page) -> None:
        for page in (mine, theirs):
            page.set_viewport_size(WIDE)
            self._project(page)
            page.get_by_role("link", name="Simulated smear").first.click()
            rows = page.get_by_role("listbox").get_by_role("option")
            rows.first.click()
            page.wait_for_load_state("networkidle")
        mine.keyboard.press("Space")
        mine.keyboard.press("Space")
        mine.get_by_text("saved", exact=True).wait_for()
        mine.wait_for_timeout(_REST_MS)
        self._shoot("slide", mine)
        self._shoot("counts", mine.locator(".side__part").last)
        for page, key in ((theirs, "6"), (mine, "4")):
            page.get_by_role("listbox").get_by_role("option").nth(3).click()
            page.keyboard.press(key)
            page.wait_for_timeout(_REST_MS)
        mine.get_by_role("button", name="Keep mine").wait_for()
        self._shoot("conflict", mine, clip={**top(300), "width": WIDE["width"]})
        mine.get_by_role("button", name="Take theirs").click()
        self._paint(mine, "dark")
        mine.reload()
        mine.get_by_role("listbox").get_by_role("option").nth(4).click()
        mine.wait_for_load_state("networkidle")
        mine.wait_for_timeout(_REST_MS)
        self._shoot("slide-dark", mine)
        self._paint(mine, "light")
        mine.set_viewport_size(SIZE)

    def _paint(self, page: Page, theme: str) -> None:
        page.context.add_cookies([{"name": "wbc_theme", "value": theme, "url": self._address}])

    def _trash(self, page: Page) -> None:
        self._project(page)
        page.get_by_role("row").filter(has_text="S-0232").get_by_role("button").click()
        page.get_by_role("link", name="Trash").click()
        self._shoot("trash", page, clip=top(560))


def with_few_colours(full: Image.Image, colours: int) -> Image.Image:
    """Return a picture with so many colours beside those of classes and surfaces, which stay exactly as they are."""
    from ml.labels import class_list

    counted = full.getcolors(full.width * full.height) or []
    frequent = [colour for _, colour in sorted(counted, reverse=True)[:_FLAT]]
    classes = [ImageColor.getrgb(known.colour) for known in class_list("eight").classes]
    kept = list(dict.fromkeys(classes + frequent))
    rest = full.quantize(colours, method=Image.Quantize.MAXCOVERAGE, kmeans=2).getpalette() or []
    palette = Image.new("P", (1, 1))
    palette.putpalette([part for colour in kept for part in colour] + rest[: 3 * colours])
    return full.quantize(palette=palette, dither=Image.Dither.NONE)


def top(height: int) -> dict[str, float]:
    """Return the upper part of a page as a part of its picture."""
    return {"x": 0, "y": 0, "width": SIZE["width"], "height": height}


def code_of(secret: str) -> str:
    """Return the code that an authenticator app shows now for a secret in base 32 (RFC 6238, section 4)."""
    padded = secret.replace(" ", "").upper()
    key = base64.b32decode(padded + "=" * (-len(padded) % 8))
    digest = hmac.new(key, struct.pack(">Q", int(time.time()) // 30), hashlib.sha1).digest()
    start = digest[-1] & 15
    number = struct.unpack(">I", digest[start : start + 4])[0] & 0x7FFFFFFF
    return f"{number % 1_000_000:06d}"
