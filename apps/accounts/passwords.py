"""Passwords that are guessed early although nobody has them exactly so: a common one with decorations."""

import re
from functools import cache
from typing import Any

from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError

# What people write for letters, as every guessing program knows.
_PLAIN = str.maketrans("0134578@$!", "oieastbasi")
_DECORATION = re.compile(r"^[\W\d_]+|[\W\d_]+$")
_ROWS = (
    "1234567890",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "abcdefghijklmnopqrstuvwxyz",
    "qwertzuiop",
    "azertyuiop",
)
_STEPS = {row[i : i + 2] for row in _ROWS for i in range(len(row) - 1)}
_STEPS |= {step[::-1] for step in _STEPS} | {"09", "90", "01", "10"}

# Words that this site and its trade suggest (NIST SP 800-63B calls them context-specific).
_OUR_WORDS = frozenset(
    [
        "wbcweb",
        "leukocyte",
        "leucocyte",
        "neutrophil",
        "lymphocyte",
        "monocyte",
        "eosinophil",
        "basophil",
        "haematology",
        "hematology",
        "laboratory",
        "microscope",
        "bloodsmear",
        "bloodcell",
        "whitebloodcell",
    ]
)
# That much beside a guessable part makes a password of its own.
_ENOUGH = 8


@cache
def _common() -> frozenset[str]:
    """Return the common passwords that come with Django, and words of our trade."""
    return frozenset(CommonPasswordValidator().passwords) | _OUR_WORDS


def guessable_part(password: str) -> str:
    """Return why a password is guessed early: the common part that nearly all of it is; nothing when there is none."""
    low = password.lower()
    for form in (low, low.translate(_PLAIN)):
        for core in {form, _DECORATION.sub("", form), re.sub(r"[\W_]+", "", form)}:
            if found := _repeated(core) or _walked(core) or _listed(core):
                return found
    return ""


def _repeated(text: str) -> str:
    """Return what a text repeats, such as "abc" in "abcabcabcabc"."""
    found = re.fullmatch(r"(.{1,8}?)\1+", text)
    return found[1] if found and len(text) >= 6 else ""


def _walked(text: str) -> str:
    """Return a text in which nearly every step leads to the next key or letter."""
    steps = [text[i : i + 2] for i in range(len(text) - 1)]
    near = sum(step in _STEPS or step[0] == step[1] for step in steps)
    return text if len(steps) >= 5 and near >= 0.8 * len(steps) else ""


def _listed(text: str) -> str:
    """Return the listed password that a text is, or that leaves too little of it: one, or two beside each other."""
    common = _common()
    if text in common:
        return text
    for cut in range(len(text) - 1, 3, -1):
        for part, rest in ((text[:cut], text[cut:]), (text[-cut:], text[:-cut])):
            if part in common and (len(rest) < _ENOUGH or rest in common):
                return part
    return ""


class GuessablePasswordValidator:
    """Refuse what is nearly all a common password, a walk over the keyboard, a repetition or a word of ours."""

    def validate(self, password: str, user: Any = None) -> None:  # noqa: ARG002 - Django's signature
        """Let a password pass.

        Raises:
            ValidationError: with the part that is guessed.
        """
        if found := guessable_part(password):
            raise ValidationError(
                "This password is guessed early: nearly all of it is “%(part)s”. Several unrelated words are better.",
                code="password_guessable",
                params={"part": found},
            )

    def get_help_text(self) -> str:
        """Return the rule for people."""
        return "It is no common password with a few digits, no row of keys, and nothing repeated."
