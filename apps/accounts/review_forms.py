from __future__ import annotations

from typing import Any

from django import forms

from apps.accounts.models import Adjudicator, Project
from apps.accounts.review_settings import values_of
from apps.core.editing import version_of


class ReviewSettingsForm(forms.Form):
    """How a project reviews, as it was when the form was drawn."""

    blind_first = forms.BooleanField(
        required=False,
        label="Label before the suggestion is shown",
        help_text="A reviewer learns what the model and other people say of a cell only after giving it a class. It "
        "takes longer, and no suggestion leads anybody astray. At signing nothing is accepted unlabelled.",
    )
    second_reading_share = forms.IntegerField(
        min_value=0,
        max_value=100,
        label="Slides that a second person reads, in per cent",
        help_text="0: only slides for which you ask somebody. 100: every slide. Between: slides are drawn by chance, "
        "each once and for good. A slide that is drawn is not ready to be signed before it is read.",
    )
    adjudicator = forms.ChoiceField(
        choices=Adjudicator.choices,
        label="Who decides where the two differ",
        help_text="Whoever decides is not told who said what. The second reader never decides.",
    )
    version = forms.CharField(max_length=64, widget=forms.HiddenInput)

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        values = values_of(project)
        kwargs.setdefault("initial", {**values, "version": version_of(values)})
        super().__init__(*args, **{"label_suffix": "", **kwargs})
