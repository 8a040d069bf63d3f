"""What is refused as a password, and what is not."""

import time

import pytest
from django.conf import global_settings
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from apps.accounts.models import User
from apps.accounts.passwords import _common, guessable_part
from wbcweb import settings as site_settings

GUESSED = [
    "password1234",
    "Passw0rd2026!!",
    "p@$$w0rdp@$$w0rd",
    "!!!Liverpool1892",
    "qwertyuiop12",
    "zxcvbnmasdfgh",
    "abcdefghijkl",
    "123456789012",
    "987654321098",
    "aaaaaaaaaaaa",
    "abcabcabcabc",
    "hunter2hunter2",
    "monkeydragon12",
    "sunshine-princess",
    "1q2w3e4r5t6y",
    "wbcweb2026!!",
    "Neutrophil123",
    "haematology.lab",
]
GOOD = [
    "correct horse battery staple",
    "a long enough secret",
    "zebra lamp quiet 7",
    "werwolf im garten",
    "9f2kd03jd9s1",
    "Üben macht Meister",
    "пять тихих снегирей",
    "neutrophils dance at noon",
    " leading and trailing ",
]


@pytest.mark.parametrize("password", GUESSED)
def test_a_decorated_common_password_is_refused(password):
    with pytest.raises(ValidationError):
        validate_password(password)


@pytest.mark.parametrize("password", GOOD)
def test_a_password_of_ones_own_is_taken_whatever_its_letters(password):
    validate_password(password)


def test_every_common_password_with_a_year_behind_it_is_refused():
    words = [
        word for word in sorted(_common()) if len(word) >= 8
    ]  # shorter ones are too short with a year as well
    assert len(words) > 5_000
    assert [word for word in words if not guessable_part(f"{word}2026")] == []


@pytest.mark.parametrize("length", [64, 128])
def test_long_passwords_are_taken(length):
    validate_password(("four quiet zebras in a lamp, " * 5)[: length - 1] + "x")


def test_passwords_are_kept_as_a_site_keeps_them():
    """Tests hash quickly; a site takes Django's way, with at least the rounds that OWASP asks for (600,000)."""
    assert not hasattr(site_settings, "PASSWORD_HASHERS")
    assert global_settings.PASSWORD_HASHERS[0].endswith(".PBKDF2PasswordHasher")
    assert PBKDF2PasswordHasher.algorithm == "pbkdf2_sha256"
    assert PBKDF2PasswordHasher.iterations >= 600_000


def test_what_says_the_own_name_is_refused():
    person = User(email="ada.lovelace@example.org", name="Ada Lovelace")
    for password in ("ada.lovelace99", "LovelaceAda12"):
        with pytest.raises(ValidationError):
            validate_password(password, person)


@given(st.text(max_size=200))
def test_any_text_is_judged_in_time(text):
    assert isinstance(guessable_part(text), str)


@pytest.mark.parametrize("text", ["ab" * 64, "a" * 127 + "b", "1" * 128, "(" * 128, "0a" * 63 + "z"])
def test_no_text_takes_long(text):
    before = time.perf_counter()
    guessable_part(text)
    assert time.perf_counter() - before < 0.2
