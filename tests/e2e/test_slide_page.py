"""The slide page: keys alone, two people at once, a lost connection, five thousand cells."""

import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.e2e.conftest import Watch
from tests.e2e.looking import SlidePage
from tests.e2e.site import BrowsedSite
from tests.kits.processes import wait_for


@pytest.fixture
def document(page: Page, site: BrowsedSite) -> Callable[[str], dict]:
    def read(name: str) -> dict:
        return page.request.get(f"/api/v1/slides/{site.made['slides'][name]}/cells/").json()

    return read


def test_a_slide_is_reached_by_keyboard_alone(
    page: Page, site: BrowsedSite, sign_in: Callable[..., Page]
) -> None:
    sign_in()
    page.goto("/")
    page.locator("body").press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    link = page.get_by_role("link", name="S-5000")
    for _ in range(40):
        if link.evaluate("(element) => element === document.activeElement"):
            break
        page.keyboard.press("Tab")
    expect(link).to_be_focused()
    page.keyboard.press("Enter")
    slide = SlidePage(page).ready()
    expect(slide.image).to_be_focused()
    page.keyboard.press("Shift+Tab")
    expect(slide.image).not_to_be_focused()  # the image is no trap for the Tab key


def test_cells_are_classed_by_keys_alone(
    page: Page, site: BrowsedSite, sign_in: Callable[..., Page], document: Callable[[str], dict]
) -> None:
    sign_in()
    slide = SlidePage(page).open(site.made["slides"]["keys"])
    first = slide.rows.first
    slide.press("n")
    expect(first).to_have_attribute("aria-selected", "true")
    before = slide.reviewed()

    slide.press("Space")
    assert slide.reviewed() == before + 1
    expect(first).to_contain_text("labelled")
    expect(first).to_have_attribute("aria-selected", "false")
    expect(slide.saved).to_have_text("saved")

    slide.press("p")
    expect(first).to_have_attribute("aria-selected", "true")
    slide.press("x")
    expect(slide.title).to_have_text("Not classed")
    slide.press("Backspace")
    expect(slide.title).to_have_text("Not a cell")
    slide.press("2")
    expect(slide.title).to_have_text("Lymphocyte")
    slide.press("Control+z")
    expect(slide.title).to_have_text("Not a cell")
    slide.press("Control+Shift+z")
    expect(slide.title).to_have_text("Lymphocyte")
    slide.press("0")
    expect(first).not_to_contain_text("labelled")
    expect(slide.saved).to_have_text("saved")
    assert slide.reviewed() == before
    states = [cell["review_state"] for cell in document("keys")["cells"]]
    assert len(states) == 9
    assert "labelled" not in states


def test_the_help_dialog_and_the_fields_by_keys(
    page: Page, site: BrowsedSite, sign_in: Callable[..., Page]
) -> None:
    sign_in()
    slide = SlidePage(page).open(site.made["slides"]["keys"])
    slide.press("n")
    before = slide.reviewed()
    slide.press("?")
    help_dialog = page.get_by_role("dialog", name="Keys")
    expect(help_dialog).to_be_visible()
    slide.press("1")  # keys of the page are asleep under the dialog
    slide.press("Escape")
    expect(help_dialog).to_be_hidden()
    assert slide.reviewed() == before

    slide.press("]")
    expect(page.get_by_role("button", name="Field 2")).to_have_attribute("aria-current", "true")


def test_an_unidentified_cell_cannot_be_confirmed(
    page: Page, site: BrowsedSite, sign_in: Callable[..., Page]
) -> None:
    sign_in()
    slide = SlidePage(page).open(site.made["slides"]["small"])
    page.get_by_label("Order").select_option("doubt")
    slide.rows.first.click()
    expect(slide.title).to_have_text("Unidentified")
    expect(page.get_by_role("button", name="Confirm")).to_be_disabled()
    slide.image.focus()
    before = slide.reviewed()
    slide.press("Space")
    expect(slide.title).to_have_text("Unidentified")
    assert slide.reviewed() == before


def test_boxes_lie_on_their_cells_and_take_clicks(
    page: Page, site: BrowsedSite, sign_in: Callable[..., Page], document: Callable[[str], dict]
) -> None:
    sign_in()
    slide = SlidePage(page).open(site.made["slides"]["small"])
    data = document("small")
    field = data["fields"][0]
    cells = [cell for cell in data["cells"] if cell["field"] == field["id"]]
    area = page.locator("[data-viewer]").bounding_box()
    assert area is not None
    page.wait_for_timeout(400)  # the image comes to rest
    for cell in cells:
        x0, y0, x1, y1 = slide.on_screen(cell["box"], field["width"], field["height"])
        assert slide.ink(x0, (y0 + y1) / 2) > 10, "no line on the left side"
        assert slide.ink(x1, (y0 + y1) / 2) > 10, "no line on the right side"
        page.mouse.click(area["x"] + (x0 + x1) / 2, area["y"] + (y0 + y1) / 2)
        expect(slide.selected).to_have_attribute("data-cell", cell["id"])

    x0, y0, x1, y1 = slide.on_screen(cells[0]["box"], field["width"], field["height"])
    page.keyboard.down("h")
    page.wait_for_timeout(100)
    assert slide.ink(x0, (y0 + y1) / 2) == 0
    page.keyboard.up("h")
    page.wait_for_timeout(100)
    assert slide.ink(x0, (y0 + y1) / 2) > 10


def test_cells_on_screen_become_seen(
    page: Page, site: BrowsedSite, sign_in: Callable[..., Page], document: Callable[[str], dict]
) -> None:
    sign_in()
    data = document("unseen")
    field = data["fields"][2]["id"]
    states = {cell["review_state"] for cell in data["cells"] if cell["field"] == field}
    assert states == {"suggested"}
    SlidePage(page).open(site.made["slides"]["unseen"])
    page.get_by_role("button", name="Field 3").click()

    def states_now() -> set[str]:
        page.wait_for_timeout(250)
        return {cell["review_state"] for cell in document("unseen")["cells"] if cell["field"] == field}

    wait_for(lambda: states_now() == {"seen"}, seconds=15)


def test_two_people_at_one_cell_see_both_values(
    page: Page, browser: Browser, site: BrowsedSite, sign_in: Callable[..., Page], watch: Watch
) -> None:
    watch.allow(409)
    sign_in()
    mine = SlidePage(page).open(site.made["slides"]["pair"])
    mine.press("n")

    with browser.new_context(base_url=site.address) as context:
        elsewhere = context.new_page()
        watch.follow(elsewhere)
        sign_in("other", on=elsewhere)
        theirs = SlidePage(elsewhere).open(site.made["slides"]["pair"])
        theirs.press("n", "3")
        expect(theirs.saved).to_have_text("saved")

    mine.press("4")
    card = page.locator("[data-conflict]")
    expect(card).to_contain_text("by Otto Other")
    expect(card).to_contain_text("now Monocyte, yours Eosinophil")
    expect(mine.saved).to_have_text("1 conflict")
    card.get_by_role("button", name="Keep mine").click()
    expect(card).to_be_hidden()
    expect(mine.saved).to_have_text("saved")
    expect(mine.title).to_have_text("Eosinophil")
    page.reload()
    mine.ready()
    expect(mine.rows.first).to_contain_text("Eosinophil")


def test_what_the_server_refuses_stands_on_the_page_until_it_is_read(
    page: Page, browser: Browser, site: BrowsedSite, sign_in: Callable[..., Page], watch: Watch
) -> None:
    watch.allow(403)
    with browser.new_context(base_url=site.address) as context:
        elsewhere = context.new_page()
        watch.follow(elsewhere)
        sign_in("other", on=elsewhere)
        theirs = SlidePage(elsewhere).open(site.made["slides"]["pair"])
        theirs.press("n", "n", "3")
        expect(theirs.saved).to_have_text("saved")

    sign_in()
    mine = SlidePage(page).open(site.made["slides"]["pair"])
    mine.press("n", "n", "0")  # the label is not mine to withdraw
    refusal = page.locator("[data-refusals]")
    expect(refusal.get_by_text("Not saved: This label is by Otto Other.")).to_be_visible()
    expect(mine.title).to_have_text("Monocyte")
    refusal.get_by_role("button", name="Dismiss").click()
    expect(refusal).to_be_hidden()


def test_a_label_survives_a_lost_connection_and_a_reload(
    page: Page, site: BrowsedSite, sign_in: Callable[..., Page], watch: Watch
) -> None:
    watch.allow(offline=True)
    sign_in()
    slide = SlidePage(page).open(site.made["slides"]["net"])
    slide.press("n")

    def cut(route: Route) -> None:
        route.abort("connectionfailed")

    page.route("**/label/", cut)
    slide.press("5")
    expect(slide.title).to_have_text("Basophil")
    expect(slide.saved).to_have_text("saving")
    expect(slide.saved).to_contain_text("1 not saved, kept for retry", timeout=6_000)
    page.reload()
    slide.ready()
    expect(slide.rows.first).to_contain_text("Basophil")
    page.unroute("**/label/")
    expect(slide.saved).to_have_text("saved", timeout=20_000)
    page.reload()
    slide.ready()
    expect(slide.rows.first).to_contain_text("labelled")


def test_who_may_only_look_changes_nothing(
    page: Page, site: BrowsedSite, sign_in: Callable[..., Page], document: Callable[[str], dict]
) -> None:
    sign_in("viewer")
    slide = SlidePage(page).open(site.made["slides"]["small"])
    expect(page.get_by_text("Read only")).to_be_visible()
    before = document("small")["cells"]
    slide.press("n")
    expect(slide.title).not_to_be_empty()
    title = slide.title.inner_text()
    slide.press("5", "Space", "p")
    expect(slide.title).to_have_text(title)
    expect(page.locator("[data-class=basophil]").first).to_be_disabled()
    assert document("small")["cells"] == before


def test_five_thousand_cells_stay_light(
    page: Page,
    site: BrowsedSite,
    sign_in: Callable[..., Page],
    record_property: Callable[[str, object], None],
) -> None:
    sign_in()
    started = time.monotonic()
    slide = SlidePage(page).open(site.made["slides"]["big"])
    ready = time.monotonic() - started
    nodes = page.evaluate("() => document.querySelectorAll('*').length")
    assert nodes < 1_500
    expect(slide.progress).to_contain_text("of 5000 reviewed")

    slide.press("n")
    spent = page.evaluate(
        """async () => {
          const target = document.querySelector(".openseadragon-canvas");
          const title = document.querySelector("[data-detail-title]");
          const times = [];
          const presses = [["2", "Lymphocyte"], ["3", "Monocyte"], ["2", "Lymphocyte"], ["3", "Monocyte"]];
          for (const [key, words] of presses) {
            const from = performance.now();
            const press = { key, code: `Digit${key}`, bubbles: true, cancelable: true };
            target.dispatchEvent(new KeyboardEvent("keydown", press));
            if (title.textContent !== words) throw new Error(`${title.textContent} is not ${words}`);
            await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
            times.push(performance.now() - from);
          }
          return times;
        }"""
    )
    expect(slide.saved).to_have_text("saved", timeout=10_000)
    frames = page.evaluate(
        """async () => {
          const list = document.querySelector("[data-cells]");
          let frames = 0;
          const from = performance.now();
          while (performance.now() - from < 1500) {
            list.scrollTop += 60;
            await new Promise(requestAnimationFrame);
            frames += 1;
          }
          return frames / ((performance.now() - from) / 1000);
        }"""
    )
    record_property("ready_s", round(ready, 2))
    record_property("key_ms", [round(t) for t in spent])
    record_property("scroll_fps", round(frames))
    # Far above the budgets (1.5 s, 50 ms, 50 frames a second), since other programs share the machine of a test;
    # 5,000 rows in the document, or an index built at every key, would miss these too.
    assert ready < 20
    assert sorted(spent)[len(spent) // 2] < 400
    assert frames > 8
