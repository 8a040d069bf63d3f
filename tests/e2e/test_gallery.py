"""The gallery in a real browser: a reviewer with keys alone, two people, no network, undo, ten thousand cells."""

import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.e2e.conftest import Watch
from tests.e2e.galleries import GalleryPage
from tests.e2e.site import BrowsedSite
from tests.e2e.test_accessibility import set_theme, violations

SUGGESTED = ("neutrophil", "lymphocyte", "monocyte", "eosinophil", "basophil")


@pytest.fixture
def labels_of(page: Page, site: BrowsedSite) -> Callable[[str], dict[str, str]]:
    """Return a function that gives what the server holds: the label of each cell of a slide, "" for none."""

    def ask(name: str) -> dict[str, str]:
        answer = page.request.get(f"{site.address}/api/v1/slides/{site.made['slides'][name]}/gallery/")
        cells = answer.json()["cells"]
        return {cell: cells["names"][label] for cell, label in zip(cells["id"], cells["label"], strict=True)}

    return ask


def test_lanes_hold_the_cells_of_their_class_and_say_how_many(
    page: Page, site: BrowsedSite, sign_in: Callable[..., Page]
) -> None:
    sign_in()
    gallery = GalleryPage(page).open(site.made["slides"]["lanes"])
    expect(gallery.progress).to_have_text("0 of 9 reviewed")
    assert gallery.count_of("?") == 3
    assert sum(gallery.count_of(name) for name in SUGGESTED) == 6
    expect(gallery.tiles).to_have_count(9)
    expect(gallery.lane("neutrophil").locator(".lane__share")).to_have_text(r"16.7 % (0.4–64.1)")  # noqa: RUF001
    expect(gallery.focused).to_have_count(1)  # keys work at once
    page.wait_for_function(
        "() => [...document.querySelectorAll('.tile__picture img')].every((i) => i.complete && i.naturalWidth === 128)"
    )
    side = page.locator(".tile__picture").first.bounding_box()
    assert side is not None
    assert (side["width"], side["height"]) == (128, 128)
    expect(page.locator("[data-unscaled], [data-broken]")).to_have_count(0)


def test_the_arrows_walk_shift_extends_and_the_key_goes_on_unless_told_not_to(
    page: Page, site: BrowsedSite, sign_in: Callable[..., Page]
) -> None:
    sign_in()
    gallery = GalleryPage(page).open(site.made["slides"]["lanes"])
    first, second, third = gallery.ids("?")
    expect(gallery.tile(first)).to_be_focused()
    gallery.press("ArrowRight")
    expect(gallery.tile(second)).to_be_focused()
    gallery.press("Shift+ArrowRight")
    expect(page.locator('[role=gridcell][aria-selected="true"]')).to_have_count(2)
    expect(page.locator("[data-selected]")).to_have_text("2 selected")
    gallery.press("Escape", "ArrowLeft", "ArrowLeft")
    expect(gallery.tile(first)).to_be_focused()

    gallery.press("2")
    expect(gallery.tile(first)).to_contain_text("changed")
    expect(gallery.tile(second)).to_be_focused()
    page.get_by_label("Key goes on").uncheck()
    gallery.tile(second).focus()
    gallery.press("3")
    expect(gallery.tile(second)).to_be_focused()
    gallery.press("Control+z", "Control+z")
    expect(gallery.progress).to_have_text("0 of 9 reviewed")
    expect(gallery.saved).to_have_text("saved")  # drawn at once, true a moment later
    page.get_by_label("Key goes on").check()
    assert third in gallery.ids("?")


def test_one_tab_goes_in_and_out_of_the_cells(
    page: Page, site: BrowsedSite, sign_in: Callable[..., Page]
) -> None:
    sign_in()
    gallery = GalleryPage(page).open(site.made["slides"]["lanes"])
    expect(page.locator('[role=gridcell][tabindex="0"]')).to_have_count(1)
    gallery.press("ArrowRight")
    expect(page.locator('[role=gridcell][tabindex="0"]')).to_have_count(1)
    gallery.press("Tab")
    expect(gallery.focused).to_have_count(0)
    gallery.press("?")
    gallery.press("1")
    expect(gallery.progress).to_have_text("0 of 9 reviewed")


def test_a_selection_is_dragged_to_a_lane_and_undone_after_a_reload(
    page: Page,
    site: BrowsedSite,
    sign_in: Callable[..., Page],
    labels_of: Callable[[str], dict[str, str]],
) -> None:
    sign_in()
    gallery = GalleryPage(page).open(site.made["slides"]["undo"])
    before = gallery.count_of("neutrophil")
    ids = gallery.ids("?")
    gallery.tile(ids[0]).click()
    gallery.tile(ids[2]).click(modifiers=["Shift"])
    expect(page.locator("[data-selected]")).to_have_text("3 selected")
    gallery.tile(ids[1]).drag_to(gallery.lane("neutrophil").locator(".lane__head"))
    expect(page.locator("[data-toast]")).to_contain_text("3 cells moved to Neutrophil.")
    assert gallery.count_of("neutrophil") == before + 3
    expect(gallery.tile(ids[0])).to_have_attribute("data-ghost", "")  # nothing moves under the eye
    expect(gallery.saved).to_have_text("saved")
    expect(gallery.lane("neutrophil").locator("[data-cell]")).to_have_count(before + 3, timeout=10_000)
    assert [labels_of("undo")[pk] for pk in ids] == ["neutrophil"] * 3

    page.reload()
    gallery.ready()
    page.get_by_role("button", name="Undo").first.click()
    expect(gallery.live).to_have_text("Undone for 3 cells.")
    assert [labels_of("undo")[pk] for pk in ids] == ["", "", ""]
    page.reload()
    gallery.ready()
    gallery.press("Control+Shift+z")
    expect(gallery.live).to_have_text("Done again for 3 cells.")
    assert [labels_of("undo")[pk] for pk in ids] == ["neutrophil"] * 3
    gallery.press("Control+z")
    expect(gallery.live).to_have_text("Undone for 3 cells.")


def test_the_menu_moves_without_dragging(page: Page, site: BrowsedSite, sign_in: Callable[..., Page]) -> None:
    sign_in()
    gallery = GalleryPage(page).open(site.made["slides"]["lanes"])
    gallery.press("Shift+ArrowRight", "m")
    dialog = page.get_by_role("dialog", name="Move 2 cells to")
    expect(dialog).to_be_visible()
    gallery.press("4")
    expect(dialog).to_be_hidden()
    expect(page.locator("[data-toast]")).to_contain_text("2 cells moved to Eosinophil.")
    page.locator("[data-toast]").get_by_role("button", name="Undo").click()
    expect(gallery.progress).to_have_text("0 of 9 reviewed")
    expect(gallery.saved).to_have_text("saved")


def test_the_rest_of_a_lane_is_confirmed_only_after_all_were_seen_and_none_is_unsure(
    page: Page, site: BrowsedSite, sign_in: Callable[..., Page]
) -> None:
    sign_in()
    gallery = GalleryPage(page).open(site.made["slides"]["rest"])
    lane = gallery.lane("lymphocyte")
    assert gallery.count_of("lymphocyte") > 0
    button = lane.get_by_role("button", name="Confirm the rest")
    expect(button).to_be_enabled()  # they have been on screen for a moment
    button.click()
    expect(lane).to_contain_text("all reviewed")
    expect(button).to_be_hidden()
    expect(gallery.lane("?").get_by_role("button")).to_be_hidden()


def test_two_people_see_each_others_work_and_a_stale_edit_shows_both(
    page: Page, browser: Browser, site: BrowsedSite, sign_in: Callable[..., Page], watch: Watch
) -> None:
    watch.allow(409)
    sign_in()
    mine = GalleryPage(page).open(site.made["slides"]["couple"])
    first, second, _ = mine.ids("?")
    with browser.new_context(base_url=site.address) as context:
        elsewhere = context.new_page()
        watch.follow(elsewhere)
        sign_in("other", on=elsewhere)
        theirs = GalleryPage(elsewhere).open(site.made["slides"]["couple"])
        theirs.press("3")
        expect(theirs.saved).to_have_text("saved")
        expect(mine.tile(first)).to_have_attribute("data-labelled", "", timeout=6_000)
        expect(mine.progress).to_have_text("1 of 9 reviewed")

        # What has not come yet is no harm either.
        page.route("**/changes/**", lambda route: route.abort())
        watch.allow(offline=True)
        theirs.press("5")
        expect(theirs.saved).to_have_text("saved")
        expect(theirs.progress).to_have_text("2 of 9 reviewed")
    mine.tile(second).click()
    mine.press("2")
    card = page.locator("[data-conflict]").filter(has_text="Otto Other").first
    expect(card).to_contain_text("now Basophil, yours Lymphocyte")
    expect(mine.tile(second)).to_have_attribute("data-conflict", "")
    card.get_by_role("button", name="Keep mine").click()
    expect(mine.saved).to_have_text("saved")
    page.unroute("**/changes/**")
    page.reload()
    mine.ready()
    expect(mine.tile(second)).to_contain_text("Lymphocyte, labelled")


def test_without_a_network_the_work_goes_on_and_is_sent_once(
    page: Page,
    site: BrowsedSite,
    sign_in: Callable[..., Page],
    watch: Watch,
    labels_of: Callable[[str], dict[str, str]],
) -> None:
    watch.allow(offline=True)
    sign_in()
    gallery = GalleryPage(page).open(site.made["slides"]["offline"])

    def cut(route: Route) -> None:
        route.abort("connectionfailed")

    page.route("**/api/v1/labels/", cut)
    page.route("**/label/", cut)
    one, two, three = gallery.ids("?")
    gallery.press("5")
    gallery.press("Shift+ArrowRight", "2")
    expect(gallery.progress).to_have_text("3 of 9 reviewed")
    offline = page.locator("[data-offline]")
    expect(offline).to_contain_text("3 acts are kept in this browser", timeout=10_000)
    page.reload()
    gallery.ready()
    expect(gallery.progress).to_have_text("3 of 9 reviewed")
    page.unroute("**/api/v1/labels/")
    page.unroute("**/label/")
    expect(gallery.saved).to_have_text("saved", timeout=30_000)
    expect(offline).to_be_hidden()
    labels = labels_of("offline")
    assert [labels[one], labels[two], labels[three]] == ["basophil", "lymphocyte", "lymphocyte"]
    events = site.query(
        "select count(*) from cells_labelevent e join cells_cell c on c.id = e.cell_id where c.public_id in (?, ?, ?)",
        [pk.replace("-", "") for pk in (one, two, three)],
    )
    assert events == [(3,)]


def test_the_panel_tells_the_story_of_a_cell_and_takes_comments(
    page: Page, site: BrowsedSite, sign_in: Callable[..., Page]
) -> None:
    sign_in()
    gallery = GalleryPage(page).open(site.made["slides"]["lanes"])
    cell = gallery.ids("monocyte")[0]
    gallery.tile(cell).click()
    panel = page.get_by_label("Cell with the focus")
    expect(panel.locator("[data-detail-title]")).to_have_text("Monocyte")
    expect(panel).to_contain_text("10 µm")
    expect(panel.locator("[data-chapters]")).to_contain_text("Suggested monocyte")
    expect(panel.locator("[data-class=monocyte] .class-button__p")).not_to_be_empty()
    panel.get_by_label("Comment on this cell").fill("Vacuoles: look again.")
    panel.get_by_role("button", name="Comment", exact=True).click()
    expect(panel.locator("[data-comments]")).to_contain_text("Vacuoles: look again.")
    expect(panel.locator("[data-comments]")).to_contain_text("Rita Reviewer")
    expect(gallery.tile(cell)).to_contain_text("✎")

    gallery.tile(cell).focus()
    gallery.press("c", "ArrowLeft")
    expect(panel.locator("[data-pinned]")).to_contain_text("Pinned")
    expect(gallery.tile(cell)).to_have_attribute("data-pinned", "")


def test_g_goes_to_the_slide_at_the_same_cell(
    page: Page, site: BrowsedSite, sign_in: Callable[..., Page]
) -> None:
    sign_in()
    gallery = GalleryPage(page).open(site.made["slides"]["lanes"])
    cell = gallery.ids("lymphocyte")[0]
    gallery.tile(cell).click()
    gallery.press("g")
    page.wait_for_url(f"**/slides/{site.made['slides']['lanes']}/?cell={cell}")
    gallery.open(site.made["slides"]["lanes"], cell=cell)
    expect(gallery.tile(cell)).to_be_focused()


def test_filters_and_orders_show_what_is_asked_for(
    page: Page, site: BrowsedSite, sign_in: Callable[..., Page]
) -> None:
    sign_in()
    gallery = GalleryPage(page).open(site.made["slides"]["lanes"])
    page.get_by_label("Confidence").select_option("low")
    expect(gallery.tiles).to_have_count(3)
    page.get_by_label("Review", exact=True).select_option("labelled")
    expect(gallery.tiles).to_have_count(0)
    expect(page.get_by_text("No cell passes these filters.")).to_be_visible()
    page.get_by_role("button", name="Show all cells").click()
    expect(gallery.tiles).to_have_count(9)
    page.get_by_label("Class", exact=True).select_option("?")
    expect(gallery.tiles).to_have_count(3)
    page.get_by_label("Class", exact=True).select_option("")
    page.get_by_role("button", name="Large").click()
    side = page.locator(".tile__picture").first.bounding_box()
    assert side is not None
    assert side["width"] == 192


def test_who_may_only_look_changes_nothing(
    page: Page, site: BrowsedSite, sign_in: Callable[..., Page], labels_of: Callable[[str], dict[str, str]]
) -> None:
    sign_in("viewer")
    gallery = GalleryPage(page).open(site.made["slides"]["lanes"])
    before = labels_of("lanes")
    expect(page.get_by_text("Read only")).to_be_visible()
    gallery.press("1", "Space", "x", "m")
    expect(gallery.saved).to_be_empty()
    expect(page.get_by_role("button", name="Move to")).to_have_count(0)
    assert labels_of("lanes") == before


def test_blind_first_shows_the_suggestion_only_after_ones_own_label(
    page: Page, site: BrowsedSite, sign_in: Callable[..., Page]
) -> None:
    sign_in()
    gallery = GalleryPage(page).open(site.made["slides"]["blind"])
    expect(gallery.lane("?")).to_contain_text("Not yet labelled")
    assert gallery.count_of("?") == 9
    text = page.locator("main").inner_html()
    assert "suggested" not in text.replace("no suggestion", "").split("<dialog")[0].lower().replace(
        "changed from the suggestion", ""
    )
    first = gallery.ids("?")[0]
    gallery.press("Space")
    expect(gallery.live).to_contain_text("no suggestion to confirm")
    gallery.press("6")
    expect(gallery.saved).to_have_text("saved")
    gallery.tile(first).click()
    expect(page.locator("[data-detail-state]")).to_contain_text("suggested")


def test_ten_thousand_cells_are_as_light_as_fifty(
    page: Page,
    site: BrowsedSite,
    sign_in: Callable[..., Page],
    record_property: Callable[[str, object], None],
) -> None:
    sign_in()
    started = time.monotonic()
    gallery = GalleryPage(page).open(site.made["slides"]["ten"])
    ready = time.monotonic() - started
    expect(gallery.progress).to_have_text("0 of 10000 reviewed")
    assert page.evaluate("() => document.querySelectorAll('*').length") < 2_000
    lanes = page.locator("[data-lanes]")
    shift = lanes.evaluate(
        """async (host) => {
          let shift = 0;
          new PerformanceObserver((list) => { for (const entry of list.getEntries()) shift += entry.value; })
            .observe({ type: "layout-shift", buffered: true });
          for (const part of [0.2, 0.9, 0.5]) {
            host.scrollTop = part * host.scrollHeight;
            await new Promise((resolve) => setTimeout(resolve, 400));
          }
          return shift;
        }"""
    )
    assert shift < 0.05
    assert page.evaluate("() => document.querySelectorAll('*').length") < 2_000
    expect(gallery.focused).to_have_count(1)  # the focus is not lost by scrolling
    spent = page.evaluate(
        """async () => {
          const times = [];
          for (const key of ["1", "2", "3", "1", "2"]) {
            const tile = document.activeElement;
            const from = performance.now();
            const press = { key, code: `Digit${key}`, bubbles: true, cancelable: true };
            tile.dispatchEvent(new KeyboardEvent("keydown", press));
            if (!tile.hasAttribute("data-labelled")) throw new Error("not drawn");
            await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
            times.push(performance.now() - from);
          }
          return times;
        }"""
    )
    begun = time.monotonic()
    page.get_by_label("Order").select_option("largest")
    sorted_in = time.monotonic() - begun
    record_property("ready_s", round(ready, 2))
    record_property("key_ms", [round(t) for t in spent])
    record_property("sort_s", round(sorted_in, 2))
    # Far above the budgets (1.5 s, 50 ms, 0.2 s), since other programs share the machine of a test; what grows with
    # the cells in the document would miss these too.
    assert ready < 20
    assert sorted(spent)[len(spent) // 2] < 500
    assert sorted_in < 5


@pytest.mark.parametrize("theme", ["light", "dark", "viewing"])
def test_the_gallery_at_work_is_accessible(
    page: Page, site: BrowsedSite, sign_in: Callable[..., Page], theme: str
) -> None:
    sign_in()
    set_theme(page.context, site, theme)
    gallery = GalleryPage(page).open(site.made["slides"]["lanes"])
    gallery.press("ArrowDown")
    expect(page.locator("[data-chapters] time").first).to_be_visible()
    assert violations(page) == []
    gallery.press("Shift+ArrowRight", "m")
    assert violations(page) == []
    gallery.press("Escape")
    page.set_viewport_size({"width": 380, "height": 800})
    expect(gallery.tiles.first).to_be_visible()
    assert violations(page) == []
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 380
