"""Authenticator apps and recovery codes as second factors, and how their secrets lie."""

import re

import pytest
from allauth.mfa.models import Authenticator as Factor
from django.test import Client

from apps.accounts.models import AuditEvent
from tests.accounts.factors import (
    HERE,
    LOGIN,
    SECOND,
    SECURITY,
    code_of,
    password,
    secret_on,
    signed_in,
    with_app,
)
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


# Authenticator app


def test_with_an_app_the_password_alone_does_not_sign_in():
    user = UserFactory()
    secret, _ = with_app(user)
    browser = password(user)
    assert not signed_in(browser)
    answer = browser.post(SECOND, {"code": code_of(secret)})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    assert signed_in(browser)
    assert AuditEvent.objects.filter(verb="signed-in").first().detail == {
        "with": "password, authenticator app"
    }


def test_the_picture_is_drawn_here_and_names_the_site_and_the_account():
    page = password(UserFactory()).get(f"{SECURITY}app/").content.decode()
    assert 'src="data:image/svg+xml;base64,' in page
    assert "http" not in re.findall(r'<img[^>]*src="([^"]*)"', page)[0]


def test_a_wrong_code_sets_nothing_up():
    user = UserFactory()
    browser = password(user)
    secret = secret_on(browser.get(f"{SECURITY}app/").content.decode())
    wrong = str((int(code_of(secret)) + 1) % 1_000_000).zfill(6)
    page = browser.post(f"{SECURITY}app/", {"code": wrong}).content.decode()
    assert "This code is not right." in page
    assert secret_on(page) == secret  # the app need not read another picture
    assert not Factor.objects.exists()


def test_a_code_works_once_even_while_it_is_still_shown():
    user = UserFactory()
    secret, _ = with_app(user)
    code = code_of(secret)
    assert password(user).post(SECOND, {"code": code}).status_code == 302
    again = password(user)
    assert (
        "This code is not right." in again.post(SECOND, {"code": f" {code[:3]} {code[3:]}"}).content.decode()
    )
    assert not signed_in(again)


def test_the_code_that_set_the_app_up_signs_nobody_in():
    user = UserFactory()
    secret, _ = with_app(user, steps=0)
    browser = password(user)
    browser.post(SECOND, {"code": code_of(secret)})
    assert not signed_in(browser)


@pytest.mark.parametrize(("steps", "right"), [(-2, False), (-1, True), (1, True), (2, False)])
def test_clocks_may_differ_by_half_a_minute(steps, right):
    user = UserFactory()
    secret, _ = with_app(user, steps=0 if steps else -1)
    browser = password(user)
    browser.post(SECOND, {"code": code_of(secret, steps=steps)})
    assert signed_in(browser) == right


def test_guessing_codes_is_stopped_and_on_record():
    user = UserFactory()
    secret, _ = with_app(user)
    browser = password(user)
    for guess in range(5):
        browser.post(SECOND, {"code": f"00000{guess}"})
    page = browser.post(SECOND, {"code": code_of(secret)}).content.decode()
    assert "Too many failed attempts" in page
    assert not signed_in(browser)
    reasons = (
        AuditEvent.objects.filter(verb="second-factor-failed").order_by("id").values_list("detail", flat=True)
    )
    assert [detail["reason"] for detail in reasons] == ["wrong code"] * 5 + ["locked"]


def test_the_second_step_is_for_those_who_gave_the_password():
    assert Client(**HERE).get(SECOND).headers["Location"] == LOGIN


def test_a_half_finished_sign_in_can_be_left():
    user = UserFactory()
    with_app(user)
    browser = password(user)
    browser.post("/accounts/logout/", {"next": LOGIN})
    assert browser.get(SECOND).headers["Location"] == LOGIN


# Secrets at rest


def test_the_database_does_not_know_secret_and_codes():
    user = UserFactory()
    secret, codes = with_app(user)
    stored = str(list(Factor.objects.values()))
    assert secret not in stored
    assert [code for code in codes if code in stored] == []


def test_an_older_key_of_the_site_still_opens_secrets_and_a_foreign_one_opens_nothing(settings):
    user = UserFactory()
    secret, _ = with_app(user)
    old, settings.SECRET_KEY = settings.SECRET_KEY, "another key " * 5
    stranger = password(user)
    assert "not right" in stranger.post(SECOND, {"code": code_of(secret)}).content.decode()
    settings.SECRET_KEY_FALLBACKS = [old]
    browser = password(user)
    browser.post(SECOND, {"code": code_of(secret, steps=1)})
    assert signed_in(browser)


# Recovery codes


def test_a_recovery_code_signs_in_once():
    user = UserFactory()
    _, codes = with_app(user)
    first, second = password(user), password(user)
    first.post(SECOND, {"code": codes[3]})
    second.post(SECOND, {"code": codes[3]})
    assert (signed_in(first), signed_in(second)) == (True, False)


def test_recovery_codes_are_shown_once():
    user = UserFactory()
    _, codes = with_app(user)
    browser = password(user)
    browser.post(SECOND, {"code": codes[0]})
    page = browser.get(f"{SECURITY}codes/").content.decode()
    assert "9 of 10 codes are left" in page
    assert [code for code in codes if code in page] == []


def test_new_recovery_codes_close_the_old_ones():
    user = UserFactory()
    _, codes = with_app(user)
    browser = password(user)
    browser.post(SECOND, {"code": codes[0]})
    assert browser.post(f"{SECURITY}codes/new/").headers["Location"] == f"{SECURITY}codes/"
    fresh = re.findall(r"<li><code>(\d{8})</code>", browser.get(f"{SECURITY}codes/").content.decode())
    assert set(fresh).isdisjoint(codes)
    late = password(user)
    late.post(SECOND, {"code": codes[1]})
    assert not signed_in(late)
    late.post(SECOND, {"code": fresh[1]})
    assert signed_in(late)
