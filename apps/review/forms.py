"""What the table of cells sends."""

from __future__ import annotations

from django import forms


class LabelForm(forms.Form):
    """A class for one cell, "" to withdraw one's own label, and the version that the person saw."""

    to = forms.CharField(max_length=40, required=False)
    version = forms.IntegerField(min_value=1)
    page = forms.IntegerField(min_value=1, required=False)
