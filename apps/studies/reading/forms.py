from __future__ import annotations

import json
from typing import Any

from django import forms

from apps.accounts.forms import AcceptInvitationForm

ROLES = (
    ("", "Choose"),
    ("haematologist", "Haematologist"),
    ("pathologist", "Pathologist"),
    ("laboratory", "Medical laboratory scientist or technologist"),
    ("trainee", "In training"),
    ("researcher", "Researcher"),
    ("other", "Other"),
)
COLOUR_VISION = (
    ("normal", "No weakness that I know of"),
    ("red-green", "A red-green weakness"),
    ("other", "Another weakness"),
    ("unknown", "I do not know, or prefer not to say"),
)
GREYS = (("all", "All eleven"), ("fewer", "Fewer than eleven"))
FACTS = frozenset(
    {
        "width",
        "height",
        "window_width",
        "window_height",
        "pixel_ratio",
        "colour_depth",
        "gamut",
        "high_range",
        "forced_colours",
        "touch",
    }
)
"""What the browser tells of the screen; anything else is left out."""
_LONGEST_FACT = 40


def facts_of(value: Any) -> dict[str, Any]:
    """Return the known facts of a screen out of whatever was sent."""
    if not isinstance(value, dict):
        return {}
    return {name: fact for name, fact in value.items() if name in FACTS and _is_plain(fact)}


def _is_plain(fact: Any) -> bool:
    if isinstance(fact, str):
        return len(fact) <= _LONGEST_FACT
    return isinstance(fact, bool | int | float) and abs(fact) < 1e9


class JoinForm(AcceptInvitationForm):
    """Make an account to read with."""

    email = forms.EmailField(
        label="E-mail address",
        help_text="You sign in with it.",
        widget=forms.EmailInput(attrs={"autocomplete": "username"}),
    )
    field_order = ("name", "email", "password", "again")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].help_text = ""

    def clean_email(self) -> str:
        """Let the password be held against the address too."""
        email: str = self.cleaned_data["email"]
        self.user.email = email
        return email


class ConsentForm(forms.Form):
    """Agree to the text that is shown."""

    digest = forms.CharField(max_length=64, widget=forms.HiddenInput)
    agree = forms.BooleanField(
        label="I have read this, and I take part of my own free will.",
        error_messages={"required": "Tick the box to take part."},
    )


class AboutForm(forms.Form):
    """Say how experienced one is, and about screen and eyes."""

    role = forms.ChoiceField(label="What you are", choices=ROLES)
    years = forms.IntegerField(
        label="Years of reading blood smears",
        min_value=0,
        max_value=70,
        help_text="Whole years; 0 for less than one.",
    )
    colour_vision = forms.ChoiceField(
        label="Your colour vision", choices=COLOUR_VISION, widget=forms.RadioSelect
    )
    greys = forms.ChoiceField(
        label="How many steps of grey can you tell apart above?", choices=GREYS, widget=forms.RadioSelect
    )
    facts = forms.CharField(
        required=False,
        max_length=2000,
        widget=forms.HiddenInput(attrs={"data-screen-facts": ""}),
    )

    def experience(self) -> dict[str, Any]:
        """Return what was said of the person."""
        return {"role": self.cleaned_data["role"], "years": self.cleaned_data["years"]}

    def screen(self) -> dict[str, Any]:
        """Return what was said and found of eyes and screen."""
        try:
            facts = facts_of(json.loads(self.cleaned_data["facts"] or "{}"))
        except ValueError:
            facts = {}
        said = {name: self.cleaned_data[name] for name in ("colour_vision", "greys")}
        return {**facts, **said}


class WithdrawForm(forms.Form):
    """Leave a study, with a reason or without."""

    why = forms.CharField(
        label="Reason",
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="You need not give one.",
    )
