"""What the table of cells sends."""

from __future__ import annotations

from hashlib import sha256

from django import forms


class LabelForm(forms.Form):
    """A class for one cell, "" to withdraw one's own label, and the version that the person saw.

    ``key`` is new each time the form is drawn, so that a second click on its button counts once.
    """

    to = forms.CharField(max_length=40, required=False)
    version = forms.IntegerField(min_value=1)
    suggestion = forms.UUIDField(required=False)
    page = forms.IntegerField(min_value=1, required=False)
    key = forms.CharField(max_length=64, required=False)

    def idempotency_key(self) -> str | None:
        """Return what makes this act one act: the drawn form together with the class chosen in it."""
        key, to = self.cleaned_data["key"], self.cleaned_data["to"]
        return sha256(f"{key} {to}".encode()).hexdigest() if key else None
