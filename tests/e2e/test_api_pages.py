"""The pages for people who write programs: tokens, and the API's description on which requests can be tried out."""

import json
import re
import urllib.error
import urllib.request
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Watch
from tests.e2e.site import BrowsedSite


def test_a_token_is_made_used_and_revoked(
    page: Page, site: BrowsedSite, sign_in: Callable[..., Page]
) -> None:
    sign_in()
    page.goto("/accounts/me/")
    page.get_by_role("link", name="Tokens for programs").click()
    page.get_by_label("What it is for").fill("scanner in room 3")
    page.get_by_label("Add and describe slides").check()
    page.get_by_role("button", name="Make token").click()
    key = page.get_by_label("Key").input_value()
    assert re.fullmatch(r"wbcweb_[0-9a-f]{64}", key)

    def ask() -> dict[str, object]:
        request = urllib.request.Request(  # noqa: S310 - our own server
            f"{site.address}/api/v1/me/", headers={"Authorization": f"Bearer {key}"}
        )
        with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310 - as above
            return dict(json.load(answer))

    assert ask()["token"]["scopes"] == ["read", "upload"]  # type: ignore[index]
    page.get_by_role("link", name="Back to tokens").click()
    row = page.get_by_role("row", name="scanner in room 3")
    expect(row).to_contain_text(f"wbcweb_…{key[-4:]}")
    expect(row).not_to_contain_text("Never")
    row.get_by_role("button", name="Revoke").click()
    expect(page.get_by_text("does not work any more")).to_be_visible()
    with pytest.raises(urllib.error.HTTPError) as refused:
        ask()
    refused.value.close()
    assert refused.value.code == 401


def test_the_description_loads_from_this_site_and_tries_requests_out(
    page: Page, site: BrowsedSite, sign_in: Callable[..., Page], watch: Watch
) -> None:
    sign_in()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto("/api/v1/docs/")
    me = page.locator("#operations-me-me_retrieve")
    me.click()
    me.get_by_role("button", name="Try it out").click()
    me.get_by_role("button", name="Execute").click()
    expect(me.locator(".live-responses-table")).to_contain_text("reviewer@example.org")
    # What is sent carries the token against forged requests: it is the role that refuses this, nothing else.
    watch.allow(403)
    projects = page.locator("#operations-projects-projects_create")
    projects.click()
    projects.get_by_role("button", name="Try it out").click()
    projects.get_by_role("button", name="Execute").click()
    expect(projects.locator(".live-responses-table")).to_contain_text(
        "Only a site administrator may do this."
    )
    assert [url for url in asked if not url.startswith((site.address, "data:", "blob:"))] == []
