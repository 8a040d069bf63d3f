"""Passkeys, as a second factor and alone."""

import json
from collections.abc import Iterator

import pytest
from allauth.mfa.models import Authenticator as Factor
from django.test import Client

from apps.accounts.models import AuditEvent, User
from tests.accounts.factors import (
    CONFIRM,
    HERE,
    LOGIN,
    PASSKEY,
    SECOND,
    SECURITY,
    ask,
    challenge_on,
    password,
    signed_in,
    with_passkey,
)
from tests.factories import SiteAdminFactory, UserFactory
from tests.kits.passkeys import Authenticator

pytestmark = pytest.mark.django_db


def test_a_passkey_is_a_second_factor():
    user = UserFactory()
    device = with_passkey(user, verifies=False)
    browser = password(user)
    assert not signed_in(browser)
    page = browser.get(SECOND).content.decode()
    assert browser.post(SECOND, {"credential": device.sign(challenge_on(page))}).status_code == 302
    assert signed_in(browser)


def test_a_passkey_that_knows_its_owner_signs_in_alone_and_counts_as_second_factor(settings):
    settings.WBCWEB_REQUIRE_ADMIN_MFA = True
    user = SiteAdminFactory()
    device = with_passkey(user)
    browser = Client(**HERE)
    answer = browser.post(PASSKEY, {"credential": device.sign(ask(browser)), "next": "/people/"})
    assert answer.headers["Location"] == "/people/"
    assert browser.get("/people/").status_code == 200


@pytest.mark.parametrize(
    "spoil",
    ["not verified", "another key", "another site", "an old challenge", "nobody's", "a deactivated owner"],
)
def test_a_passkey_that_is_not_right_signs_nobody_in(spoil):
    user = UserFactory()
    device = with_passkey(user)
    browser = Client(**HERE)
    challenge = ask(browser)
    if spoil == "not verified":
        device.verifies = False
    elif spoil == "another key":
        device.key = Authenticator().key
    elif spoil == "another site":
        device.origin = "http://localhost.evil.example"
    elif spoil == "an old challenge":
        ask(browser)
    elif spoil == "nobody's":
        device.owner = "OTk5OTk5"
    else:
        User.objects.filter(pk=user.pk).update(is_active=False)
    answer = browser.post(PASSKEY, {"credential": device.sign(challenge)})
    assert answer.status_code == 302
    assert answer.headers["Location"] in {LOGIN, "/accounts/inactive/"}
    assert not signed_in(browser)


def test_the_passkey_of_one_does_not_open_the_account_of_another():
    device = with_passkey(UserFactory())
    other = UserFactory()
    with_passkey(other)
    browser = password(other)
    page = browser.get(SECOND).content.decode()
    browser.post(SECOND, {"credential": device.sign(challenge_on(page))})
    assert not signed_in(browser)


def spoilt(good: str) -> Iterator[str]:
    """Yield texts that are no credential, and a good one with each of its parts replaced."""
    yield from ("", "{}", "[]", "null", '"x"', "{" * 500, "[" * 5000, '{"response": 1}', "NaN", "1e999")
    parts = json.loads(good)
    inner = parts["response"]
    for junk in (None, 3, {}, "!", "AAAA"):
        for name in ("id", "rawId", "response"):  # on the others nothing hangs
            yield json.dumps({**parts, name: junk})
        for name in inner:
            yield json.dumps({**parts, "response": {**inner, name: junk}})
        yield json.dumps({**parts, "id": junk, "rawId": junk})


@pytest.mark.parametrize("where", [PASSKEY, SECOND, f"{SECURITY}passkeys/add/", CONFIRM])
def test_nonsense_instead_of_a_passkey_is_refused_and_no_error(where, settings):
    settings.ACCOUNT_RATE_LIMITS = False
    settings.MFA_RATE_LIMITS = False
    user = UserFactory()
    device = with_passkey(user)
    browser = Client(**HERE)
    if where != PASSKEY:
        password(user, browser)
    if where in {f"{SECURITY}passkeys/add/", CONFIRM}:
        page = browser.get(SECOND).content.decode()
        browser.post(SECOND, {"credential": device.sign(challenge_on(page))})
    challenge = ask(browser) if where == PASSKEY else challenge_on(browser.get(where).content.decode())
    good = Authenticator().make(challenge) if "add" in where else device.sign(challenge)
    answers = {
        text: browser.post(where, {"name": "x", "credential": text}).status_code for text in spoilt(good)
    }
    assert len(answers) >= 40
    assert {text[:200]: status for text, status in answers.items() if status not in {200, 302}} == {}
    assert Factor.objects.filter(type="webauthn").count() == 1
    assert signed_in(browser) == (where not in {PASSKEY, SECOND}), answers


def test_passkeys_are_named_renamed_and_removed():
    user = UserFactory()
    with_passkey(user)
    browser = password(user)
    key = Factor.objects.get(type="webauthn")
    codes = Factor.objects.get(type="recovery_codes").wrap().generate_codes()
    browser.post(SECOND, {"code": codes[0]})
    assert "Laptop" in browser.get(SECURITY).content.decode()
    browser.post(f"{SECURITY}passkeys/{key.pk}/", {"name": "Microscope <b>"})
    assert "Microscope &lt;b&gt;" in browser.get(SECURITY).content.decode()
    assert browser.post(f"{SECURITY}passkeys/{key.pk}/remove/").headers["Location"] == SECURITY
    assert not Factor.objects.exists()  # recovery codes stand in for a factor; alone they are none
    assert AuditEvent.objects.filter(verb="second-factor-removed", detail={"factor": "passkey"}).exists()


@pytest.mark.parametrize(
    ("host", "work"),
    [("localhost", True), ("localhost:8000", True), ("127.0.0.1:8000", False), ("[::1]:8000", False)],
)
def test_the_page_says_where_passkeys_do_not_work(settings, host, work):
    settings.ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
    browser = Client()
    browser.force_login(UserFactory())
    for address in (SECURITY, f"{SECURITY}passkeys/add/"):
        page = browser.get(address, HTTP_HOST=host).content.decode()
        assert ("open it under <strong>localhost" in page or "Not under this address" in page) != work
