"""What people do with second factors, and what their pages say; for tests."""

import html
import json
import re
import time
from typing import Any

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.test import Client

from apps.accounts.models import User
from tests.factories import PASSWORD
from tests.kits.passkeys import Authenticator

LOGIN, SECURITY = "/accounts/login/", "/accounts/security/"
SECOND, PASSKEY, CONFIRM = "/accounts/second-factor/", "/accounts/passkey/", "/accounts/confirm/"
HERE = {"HTTP_HOST": "localhost"}


def code_of(secret: str, *, steps: int = 0) -> str:
    """Return what an app shows now, or some steps of 30 seconds away."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps))


def password(user: User, browser: Client | None = None) -> Client:
    """Give the password; where it leads is for the test."""
    browser = browser or Client(**HERE)
    browser.post(LOGIN, {"login": user.email, "password": PASSWORD})
    return browser


def signed_in(browser: Client) -> bool:
    return browser.get("/api/v1/me/").status_code == 200


def secret_on(page: str) -> str:
    found = re.search(r'<code class="secret" translate="no">([A-Z2-7]+)</code>', page)
    assert found is not None
    return found[1]


def challenge_on(page: str) -> dict[str, Any]:
    found = re.search(r'data-challenge="([^"]+)"', page)
    assert found is not None
    asked: dict[str, Any] = json.loads(html.unescape(found[1]))
    return asked


def with_app(user: User, *, steps: int = -1) -> tuple[str, list[str]]:
    """Set up an app as a person does; return its secret and the recovery codes.

    With the code before the present one, so that the present one is still to be used.
    """
    browser = password(user)
    secret = secret_on(browser.get(f"{SECURITY}app/").content.decode())
    answer = browser.post(f"{SECURITY}app/", {"code": code_of(secret, steps=steps)})
    assert answer.headers["Location"] == f"{SECURITY}codes/"
    codes = re.findall(r"<li><code>(\d{8})</code>", browser.get(f"{SECURITY}codes/").content.decode())
    assert len(codes) == 10
    return secret, codes


def with_passkey(user: User, **values: Any) -> Authenticator:
    """Add a passkey as a person does."""
    browser, device = password(user), Authenticator(**values)
    challenge = challenge_on(browser.get(f"{SECURITY}passkeys/add/").content.decode())
    answer = browser.post(
        f"{SECURITY}passkeys/add/", {"name": "Laptop", "credential": device.make(challenge)}
    )
    assert answer.status_code == 302, answer.content.decode()
    return device


def ask(browser: Client) -> dict[str, Any]:
    """Ask for a challenge as the script of the sign-in page does."""
    asked: dict[str, Any] = browser.get(PASSKEY, HTTP_ACCEPT="application/json").json()["request_options"]
    return asked
