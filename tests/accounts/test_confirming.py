"""Acts that matter want a fresh proof of who is at the keyboard."""

import time

import pytest
from django.test import Client

from apps.accounts.models import AuditEvent, User
from tests.accounts.factors import HERE, challenge_on, code_of, with_app, with_passkey
from tests.factories import PASSWORD, SiteAdminFactory, UserFactory

pytestmark = pytest.mark.django_db

CONFIRM = "/accounts/confirm/"
SECURITY = "/accounts/security/"


def late(user: User, *, minutes: int = 11) -> Client:
    """A browser in which a person signed in some minutes ago."""
    browser = Client(**HERE)
    browser.force_login(user)
    session = browser.session
    session["accounts.confirmed_at"] = time.time() - minutes * 60
    session.save()
    return browser


SENSITIVE = [
    f"{SECURITY}sessions/end/",
    f"{SECURITY}sessions/00000000-0000-4000-8000-000000000000/end/",
    "/people/invite/",
    "/people/{user}/reset-link/",
    "/people/{user}/active/",
    "/people/{user}/administrator/",
    "/people/{user}/second-factor/",
    "/people/{user}/sign-out/",
]
PAGES = [f"{SECURITY}app/", f"{SECURITY}passkeys/add/", f"{SECURITY}codes/new/", "/accounts/password/change/"]


@pytest.mark.parametrize("address", SENSITIVE)
def test_an_act_that_matters_is_not_done_on_an_old_proof(address):
    user = UserFactory()
    browser = late(SiteAdminFactory())
    before = AuditEvent.objects.count()
    answer = browser.post(address.format(user=user.public_id), {"email": "x@example.org", "active": "false"})
    assert answer.headers["Location"] == f"{CONFIRM}?next=%2F"
    assert AuditEvent.objects.count() == before
    page = browser.get(answer.headers["Location"]).content.decode()
    assert "has not been done yet" in page


@pytest.mark.parametrize("address", PAGES)
def test_a_page_that_matters_comes_after_confirming(address):
    browser = late(UserFactory())
    answer = browser.get(address)
    assert answer.headers["Location"].startswith(f"{CONFIRM}?next=")
    answer = browser.post(answer.headers["Location"], {"password": PASSWORD})
    assert (answer.status_code, answer.headers["Location"]) == (302, address)
    assert browser.get(address).status_code == 200


def test_signing_in_is_proof_enough_for_ten_minutes():
    assert late(UserFactory(), minutes=9).get(PAGES[0]).status_code == 200


def test_confirming_gives_the_session_a_new_key_and_the_old_one_opens_nothing():
    user = UserFactory()
    browser = late(user)
    thief = Client(**HERE)
    thief.cookies["wbcweb_session"] = browser.cookies["wbcweb_session"].value
    assert thief.get("/accounts/me/").status_code == 200
    browser.post(CONFIRM, {"password": PASSWORD})
    assert browser.get("/accounts/me/").status_code == 200
    assert thief.get("/accounts/me/").status_code == 302


def test_what_was_sent_is_kept_nowhere():
    """A session is no place for the body of a request: it may hold a password."""
    user = UserFactory()
    browser = late(user)
    browser.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": "hunter two"})
    assert "hunter two" not in str(dict(browser.session))
    assert PASSWORD not in str(dict(browser.session))


def test_the_wrong_password_confirms_nothing_and_counts_as_a_failed_sign_in():
    user = UserFactory()
    browser = late(user)
    for _ in range(5):
        page = browser.post(CONFIRM, {"password": "wrong"}).content.decode()
        assert "This is not your password." in page
    page = browser.post(CONFIRM, {"password": PASSWORD}).content.decode()
    assert "Too many failed attempts" in page
    assert browser.get(PAGES[0]).status_code == 302
    assert AuditEvent.objects.filter(verb="sign-in-failed", target=f"user:{user.public_id}").count() == 6


def test_with_an_app_both_are_asked_for():
    user = UserFactory()
    secret, _ = with_app(user)
    browser = late(user)
    page = browser.post(CONFIRM, {"password": PASSWORD}).content.decode()
    assert "Enter a code too" in page
    page = browser.post(CONFIRM, {"code": code_of(secret)}).content.decode()
    assert "Enter your password." in page
    # The code was not used up beside the missing password.
    answer = browser.post(CONFIRM, {"password": PASSWORD, "code": code_of(secret)})
    assert (answer.status_code, answer.headers["Location"]) == (302, SECURITY)


@pytest.mark.parametrize(
    ("verifies", "typed", "confirmed"), [(True, "", True), (False, "", False), (False, PASSWORD, True)]
)
def test_a_passkey_that_asked_for_its_owner_is_enough(verifies, typed, confirmed):
    user = UserFactory()
    device = with_passkey(user, verifies=verifies)
    browser = late(user)
    challenge = challenge_on(browser.get(CONFIRM).content.decode())
    answer = browser.post(CONFIRM, {"credential": device.sign(challenge), "password": typed})
    assert (answer.status_code == 302) == confirmed


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "/\\evil.example"]
)
def test_confirming_leads_to_no_other_site(target):
    answer = late(UserFactory()).post(f"{CONFIRM}?next={target}", {"password": PASSWORD})
    assert answer.headers["Location"] == SECURITY


def test_a_program_is_told_to_have_its_person_confirm():
    browser = late(SiteAdminFactory())
    answer = browser.post("/people/invite/", {"email": "x@example.org"}, HTTP_ACCEPT="application/json")
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "confirm")


def test_a_fragment_is_led_as_a_page():
    answer = late(SiteAdminFactory()).post("/people/invite/", {}, HTTP_HX_REQUEST="true")
    assert (answer.status_code, answer.headers["HX-Redirect"].split("?")[0]) == (403, CONFIRM)
