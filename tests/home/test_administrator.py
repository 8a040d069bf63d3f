"""The first administrator of a new site."""

from __future__ import annotations

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.password_validation import validate_password
from django.test import Client
from pytest_django import Settings

from apps.accounts.models import AuditEvent, User
from apps.core.errors import InvalidInput
from apps.home.administrator import ensure_administrator, make_password

pytestmark = pytest.mark.django_db


def test_a_password_is_made_up_once_and_works(settings: Settings) -> None:
    settings.WBCWEB_ADMIN_EMAIL = settings.WBCWEB_ADMIN_PASSWORD = None
    first = ensure_administrator()
    assert first is not None
    assert first.generated is not None
    assert first.user.email == "admin@localhost"
    assert first.user.is_superuser
    assert first.user.check_password(first.generated)
    assert ensure_administrator() is None
    assert User.objects.count() == 1
    assert AuditEvent.objects.filter(verb="first-administrator").count() == 1


def test_the_environment_decides(settings: Settings) -> None:
    settings.WBCWEB_ADMIN_EMAIL = "Head@Lab.example"
    settings.WBCWEB_ADMIN_PASSWORD = "correct horse battery"
    first = ensure_administrator()
    assert first is not None
    assert first.generated is None
    assert first.user.email == "head@lab.example"
    assert authenticate(None, email="head@lab.example", password="correct horse battery") == first.user


def test_a_weak_password_is_refused_in_words_and_nothing_is_made(settings: Settings) -> None:
    settings.WBCWEB_ADMIN_PASSWORD = "password1234"
    with pytest.raises(InvalidInput, match="WBCWEB_ADMIN_PASSWORD is too weak"):
        ensure_administrator()
    assert not User.objects.exists()


def test_a_made_up_password_is_to_be_replaced_before_anything_else(
    settings: Settings, client: Client
) -> None:
    settings.WBCWEB_ADMIN_EMAIL = settings.WBCWEB_ADMIN_PASSWORD = None
    made = ensure_administrator()
    assert made is not None
    client.post("/accounts/login/", {"login": made.user.email, "password": made.generated})
    for address in ("/", "/people/", "/accounts/me/"):
        assert client.get(address).headers["Location"] == "/accounts/password/change/"
    assert client.get("/api/v1/me/").json()["error"]["code"] == "initial-password"
    page = client.get("/accounts/password/change/").content.decode()
    assert "Choose a password of your own" in page
    own = "four quiet zebras"
    form = {"oldpassword": made.generated, "password1": own, "password2": own}
    assert client.post("/accounts/password/change/", form).status_code == 302
    assert client.get("/people/").status_code == 200
    other = Client()
    other.post("/accounts/login/", {"login": made.user.email, "password": own})
    assert other.get("/people/").status_code == 200


def test_a_password_that_the_operator_chose_may_stay(settings: Settings, client: Client) -> None:
    settings.WBCWEB_ADMIN_EMAIL, settings.WBCWEB_ADMIN_PASSWORD = "op@example.org", "four quiet zebras"
    assert ensure_administrator() is not None
    client.post("/accounts/login/", {"login": "op@example.org", "password": "four quiet zebras"})
    assert client.get("/people/").status_code == 200


def test_made_up_passwords_differ_and_pass_the_sites_own_rules() -> None:
    passwords = {make_password() for _ in range(50)}
    assert len(passwords) == 50
    assert {len(password) for password in passwords} == {23}
    for password in passwords:
        validate_password(password)
