"""Second factors as a person sets them up and uses them; the passkey lives in the browser's own virtual device."""

import re
import time
from collections.abc import Callable, Iterator

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from playwright.sync_api import CDPSession, Page, expect

from tests.e2e.site import BrowsedSite
from tests.e2e.test_accessibility import set_theme, violations
from tests.factories import PASSWORD

SECURITY = "/accounts/security/"


def code_of(secret: str, *, steps: int = 0) -> str:
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps))


def give_password(page: Page, who: str) -> None:
    page.goto("/accounts/login/")
    page.get_by_label("E-mail address").fill(f"{who}@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.locator("main").get_by_role("button", name="Sign in", exact=True).click()


def sign_out(page: Page) -> None:
    page.goto("/accounts/logout/")
    page.locator("main").get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


@pytest.fixture
def device(page: Page) -> Iterator[CDPSession]:
    """A device that keeps passkeys and asks for its owner's finger, in the browser."""
    line = page.context.new_cdp_session(page)
    line.send("WebAuthn.enable")
    line.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    yield line
    line.detach()


def test_an_authenticator_app_from_setting_up_to_removing(page: Page, sign_in: Callable[..., Page]) -> None:
    sign_in("app")
    page.get_by_text("Alma App").click()
    page.get_by_role("link", name="My account").click()
    page.get_by_role("link", name="Security").click()
    page.get_by_role("link", name="Set up an app").click()
    # The picture is drawn: a browser that refused it would leave it without a size of its own.
    assert page.locator("img.qr").evaluate("image => image.complete && image.naturalWidth > 0")
    assert violations(page) == []
    secret = page.locator("code.secret").inner_text()
    page.get_by_label("Code of the app").fill(code_of(secret, steps=-1))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    assert violations(page) == []
    codes = page.locator(".codes code").all_inner_texts()
    assert len(codes) == 10
    page.get_by_role("link", name="I have kept them").click()
    expect(page.get_by_text("10 left")).to_be_visible()

    sign_out(page)
    give_password(page, "app")
    expect(page.get_by_role("heading", name="Second factor")).to_be_visible()
    assert violations(page) == []
    page.get_by_label("Code", exact=True).fill(code_of(secret))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="What waits for you")).to_be_visible()

    sign_out(page)
    give_password(page, "app")
    page.get_by_label("Code", exact=True).fill(codes[0])
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="What waits for you")).to_be_visible()
    page.goto(SECURITY)
    expect(page.get_by_text("9 left")).to_be_visible()
    page.get_by_role("link", name="Remove").click()
    assert violations(page) == []
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_role("link", name="Set up an app")).to_be_visible()


def test_a_passkey_from_adding_to_signing_in_without_a_password(
    page: Page, sign_in: Callable[..., Page], device: CDPSession
) -> None:
    sign_in("passkey")
    page.goto(SECURITY)
    page.get_by_role("link", name="Add a passkey").click()
    assert violations(page) == []
    page.get_by_label("Name").fill("Laboratory computer")
    page.get_by_role("button", name="Add passkey").click()
    page.get_by_role("link", name="I have kept them").click()
    row = page.locator("li", has_text="Laboratory computer")
    expect(row).to_contain_text("Signs in without a password.")

    sign_out(page)  # alone
    page.goto("/accounts/login/?next=/projects/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("heading", name="Projects")).to_be_visible()

    sign_out(page)  # beside the password
    give_password(page, "passkey")
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("heading", name="What waits for you")).to_be_visible()

    page.goto(f"/accounts/confirm/?next={SECURITY}app/")  # to confirm who one is
    expect(page.get_by_role("heading", name="Confirm that it is you")).to_be_visible()
    assert violations(page) == []
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("heading", name="Set up an authenticator app")).to_be_visible()

    page.goto(SECURITY)
    page.get_by_role("link", name="Remove Laboratory computer").click()
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("nothing to be phished")).to_be_visible()


def test_a_passkey_that_is_refused_says_why(page: Page, device: CDPSession) -> None:
    page.goto("/accounts/login/")  # with a device that has no passkey for this site
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.locator("[data-passkey-message]")).to_have_text(re.compile(r"Nothing was done.*\.$"))


def test_under_a_number_the_page_offers_no_passkey(page: Page, site: BrowsedSite) -> None:
    page.goto(f"{site.address.replace('localhost', '127.0.0.1')}/accounts/login/")
    expect(page.locator("main").get_by_role("button", name="Sign in", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Sign in with a passkey")).to_be_hidden()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_security_page_and_the_record_in_every_light(
    page: Page, sign_in: Callable[..., Page], site: BrowsedSite, theme: str
) -> None:
    sign_in("admin")
    set_theme(page.context, site, theme)
    for address in (SECURITY, "/people/audit/?verb=signed-in", "/accounts/confirm/"):
        page.goto(address)
        assert violations(page) == [], address
    page.set_viewport_size({"width": 320, "height": 700})
    for address in (SECURITY, "/people/audit/", f"{SECURITY}app/", "/accounts/confirm/"):
        page.goto(address)
        assert page.evaluate("() => document.documentElement.scrollWidth") <= 320, address
