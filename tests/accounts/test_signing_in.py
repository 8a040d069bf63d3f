from urllib.parse import urlencode

import pytest
from django.core.cache import cache
from django.test import Client, override_settings
from django.urls import NoReverseMatch, reverse

from apps.accounts.models import AuditEvent, User
from apps.accounts.services import accept_reset, make_reset_link, set_active
from tests.factories import PASSWORD, SiteAdminFactory, UserFactory

pytestmark = pytest.mark.django_db

LOGIN = "/accounts/login/"


def attempt(client: Client, email: str, password: str, **headers: str):
    return client.post(LOGIN, {"login": email, "password": password}, **headers)


def signed_in(client: Client) -> bool:
    return client.get("/api/v1/me/").status_code == 200


def verbs() -> list[str]:
    return list(AuditEvent.objects.order_by("id").values_list("verb", flat=True))


@pytest.mark.parametrize("typed", ["person@example.org", "PERSON@Example.org", " person@example.org "])
def test_a_person_signs_in_with_the_address_in_any_case(client, typed):
    UserFactory(email="person@example.org")
    response = attempt(client, typed, PASSWORD)
    assert (response.status_code, response.headers["Location"]) == (302, "/")
    assert signed_in(client)


def test_signing_in_leads_back_to_where_one_wanted_to_go(client):
    user = UserFactory()
    response = client.get("/accounts/me/")
    assert response.headers["Location"] == f"{LOGIN}?next=/accounts/me/"
    page = client.get(response.headers["Location"]).content.decode()
    assert '<input type="hidden" name="next" value="/accounts/me/">' in page
    response = client.post(LOGIN, {"login": user.email, "password": PASSWORD, "next": "/accounts/me/"})
    assert response.headers["Location"] == "/accounts/me/"


def test_signing_in_leads_to_no_other_site(client):
    user = UserFactory()
    response = client.post(
        LOGIN, {"login": user.email, "password": PASSWORD, "next": "https://evil.example/"}
    )
    assert response.headers["Location"] == "/"


def test_a_wrong_password_and_an_unknown_address_look_the_same(client):
    UserFactory(email="person@example.org")
    words = "The e-mail address or the password is not right."
    pages = [
        attempt(client, email, "wrong").content.decode()
        for email in ("person@example.org", "nobody@example.org")
    ]
    assert [words in page for page in pages] == [True, True]
    assert not signed_in(client)


def test_the_errors_of_the_form_are_tied_to_their_fields(client):
    page = client.post(LOGIN, {"login": "nonsense", "password": ""}).content.decode()
    assert 'aria-invalid="true"' in page
    assert 'id="id_login_error"' in page
    assert 'aria-describedby="id_login_error"' in page


def test_a_deactivated_person_is_told_so_and_stays_out(client):
    user = UserFactory(is_active=False)
    response = attempt(client, user.email, PASSWORD)
    assert response.headers["Location"] == "/accounts/inactive/"
    assert not signed_in(client)


def test_deactivating_ends_the_session_at_once(sign_in):
    user = UserFactory()
    browser = sign_in(user)
    assert signed_in(browser)
    set_active(actor=SiteAdminFactory(), user=user, active=False)
    assert not signed_in(browser)


def test_signing_out_needs_a_post(sign_in):
    browser = sign_in(UserFactory())
    browser.get("/accounts/logout/")
    assert signed_in(browser)
    browser.post("/accounts/logout/")
    assert not signed_in(browser)


def test_nobody_signs_up(client):
    names = ("account_signup", "account_reset_password", "account_email")
    missing = []
    for name in names:
        try:
            reverse(name)
        except NoReverseMatch:
            missing.append(name)
    assert missing == list(names)
    assert client.get("/accounts/signup/").status_code in {302, 404}
    client.post(
        "/accounts/signup/", {"email": "me@example.org", "password1": PASSWORD, "password2": PASSWORD}
    )
    assert not User.objects.filter(email="me@example.org").exists()


# The lockout


def fail(email: str, times: int, **headers: str) -> None:
    for _ in range(times):
        attempt(Client(), email, "wrong", **headers)


def test_five_failures_lock_an_account_and_the_right_password_with_it(client):
    user = UserFactory()
    fail(user.email, 5)
    page = attempt(client, user.email, PASSWORD).content.decode()
    assert "Too many failed attempts to sign in." in page
    assert not signed_in(client)


def test_four_failures_do_not(client):
    user = UserFactory()
    fail(user.email, 4)
    assert attempt(client, user.email, PASSWORD).status_code == 302


def test_success_does_not_count_as_failure(client):
    user = UserFactory()
    answers = [attempt(Client(), user.email, PASSWORD).status_code for _ in range(8)]
    assert answers == [302] * 8


@pytest.mark.parametrize("vary", ["case", "host", "address"])
def test_the_lock_cannot_be_walked_around(client, settings, vary):
    settings.ALLOWED_HOSTS = ["testserver", "localhost"]
    user = UserFactory(email="person@example.org")
    for number in range(5):
        email = user.email.upper() if vary == "case" and number % 2 else user.email
        headers = {
            "case": {},
            "host": {"HTTP_HOST": f"localhost:{8000 + number}"},
            "address": {"REMOTE_ADDR": f"10.0.0.{number}"},
        }[vary]
        fail(email, 1, **headers)
    assert (
        "Too many failed attempts"
        in attempt(client, user.email, PASSWORD, REMOTE_ADDR="10.1.1.1").content.decode()
    )


def test_an_address_that_tries_many_accounts_is_stopped(client):
    people = UserFactory.create_batch(2)
    for number in range(30):
        attempt(client, f"guess{number}@example.org", "wrong")
    assert "Too many failed attempts" in attempt(client, people[0].email, PASSWORD).content.decode()
    assert attempt(Client(), people[1].email, PASSWORD, REMOTE_ADDR="10.9.9.9").status_code == 302


def test_the_lock_opens_by_itself_after_five_minutes(client, monkeypatch):
    user = UserFactory()
    fail(user.email, 5)
    from allauth.core.internal import ratelimit

    later = ratelimit.time.time() + 301
    monkeypatch.setattr(ratelimit.time, "time", lambda: later)
    assert attempt(client, user.email, PASSWORD).status_code == 302


def test_a_reset_link_opens_the_lock(client, rf):
    user = UserFactory()
    fail(user.email, 5)
    link, _ = make_reset_link(actor=SiteAdminFactory(), user=user)
    accept_reset(link=link, password="another good secret", request=rf.post("/"))
    assert attempt(client, user.email, "another good secret").status_code == 302


@override_settings(
    CACHES={"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "core_cache"}}
)
def test_the_lock_holds_with_the_counters_in_the_database(client):
    user = UserFactory()
    fail(user.email, 5)
    assert "Too many failed attempts" in attempt(client, user.email, PASSWORD).content.decode()
    cache.clear()


def test_hammering_the_page_gets_429_in_our_words(client):
    for _ in range(60):
        client.post(LOGIN, {})
    response = client.post(LOGIN, {})
    assert response.status_code == 429
    assert "Too many attempts" in response.content.decode()


# The record


def test_signing_in_and_out_and_failing_are_on_record(client):
    user = UserFactory()
    attempt(client, user.email, "wrong", REMOTE_ADDR="192.0.2.7")
    attempt(client, user.email, PASSWORD, REMOTE_ADDR="192.0.2.7")
    client.post("/accounts/logout/", REMOTE_ADDR="192.0.2.7")
    events = AuditEvent.objects.order_by("id")
    assert [(event.verb, event.actor, event.target, event.address) for event in events] == [
        ("sign-in-failed", None, f"user:{user.public_id}", "192.0.2.7"),
        ("signed-in", user, f"user:{user.public_id}", "192.0.2.7"),
        ("signed-out", user, f"user:{user.public_id}", "192.0.2.7"),
    ]


def test_what_was_typed_is_not_on_record(client):
    attempt(client, "hunter2@example.org", "hunter3")
    event = AuditEvent.objects.get()
    assert (event.verb, event.target) == ("sign-in-failed", "")
    assert "hunter" not in str(event.detail)


def test_an_attempt_on_a_locked_account_is_on_record(client):
    user = UserFactory()
    fail(user.email, 6)
    assert [event.detail["reason"] for event in AuditEvent.objects.order_by("id")] == ["refused"] * 5 + [
        "locked"
    ]


# Passwords


def change(browser: Client, old: str, new: str):
    return browser.post(
        "/accounts/password/change/", {"oldpassword": old, "password1": new, "password2": new}, follow=False
    )


def test_changing_the_password_keeps_this_session_and_ends_the_others(sign_in):
    user = UserFactory()
    here, elsewhere = sign_in(user), sign_in(user)
    assert change(here, PASSWORD, "a new and long secret").status_code == 302
    assert (signed_in(here), signed_in(elsewhere)) == (True, False)
    assert "password-changed" in verbs()


@pytest.mark.parametrize("password", ["short", "1234567890123", "password1234567"[:8], "person@example.org"])
def test_a_weak_password_is_refused(sign_in, password):
    user = UserFactory(email="person@example.org")
    assert change(sign_in(user), PASSWORD, password).status_code == 200
    user.refresh_from_db()
    assert user.check_password(PASSWORD)


def test_the_present_password_is_asked_for(sign_in):
    user = UserFactory()
    page = change(sign_in(user), "not it", "a new and long secret").content.decode()
    assert "This is not your present password." in page


def test_the_session_cookie_is_named_for_this_site(client):
    user = UserFactory()
    cookie = attempt(client, user.email, PASSWORD).cookies["wbcweb_session"]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")


def test_a_poll_after_signing_out_loads_the_page_anew_instead_of_a_sign_in_page_in_its_middle(client):
    response = client.get("/jobs/", headers={"HX-Request": "true"})
    assert (response.status_code, response.headers.get("HX-Refresh"), response.content) == (401, "true", b"")


@pytest.mark.parametrize(
    ("sent_from", "back"),
    [
        ("http://testserver/projects/?page=2", "/projects/?page=2"),
        ("http://testserver", "/"),
        ("http://elsewhere.example/projects/", "/"),
        ("", "/"),
    ],
)
def test_what_is_sent_after_signing_out_is_said_to_be_lost_and_one_comes_back_to_its_page(
    client, sent_from, back
):
    response = client.post("/people/invite/", {"email": "x@example.org"}, headers={"Referer": sent_from})
    assert response.status_code == 302
    address = response.headers["Location"]
    assert address == f"/accounts/login/?{urlencode({'next': back}, safe='/')}"
    assert "was not saved" in client.get(address).content.decode()


def test_a_changed_password_closes_the_reset_links_that_are_still_open(client):
    user = UserFactory()
    _, token = make_reset_link(actor=SiteAdminFactory(), user=user)
    client.force_login(user)
    new = {"oldpassword": PASSWORD, "password1": "another long secret", "password2": "another long secret"}
    assert client.post("/accounts/password/change/", new).status_code == 302
    assert client.get(f"/password-reset/{token}/").status_code == 410


def test_the_django_admin_leads_to_the_one_page_that_changes_a_password_on_record(client):
    client.force_login(SiteAdminFactory())
    for method in (client.get, client.post):
        response = method("/admin/password_change/")
        assert (response.status_code, response.headers["Location"]) == (302, "/accounts/password/change/")
