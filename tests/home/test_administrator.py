"""The first administrator of a new site."""

from __future__ import annotations

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.password_validation import validate_password
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


def test_made_up_passwords_differ_and_pass_the_sites_own_rules() -> None:
    passwords = {make_password() for _ in range(50)}
    assert len(passwords) == 50
    assert {len(password) for password in passwords} == {23}
    for password in passwords:
        validate_password(password)
