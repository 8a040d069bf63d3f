from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from apps.accounts.models import User
from apps.review.second_reading.selectors import Candidate


class AssignForm(forms.Form):
    """Who is to read a slide."""

    reader = forms.ChoiceField(
        label="Second reader",
        help_text="Members who may label and have done nothing to the cells of this slide.",
    )

    def __init__(self, *args: Any, candidates: Sequence[Candidate], **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        self._people = {str(candidate.user.public_id): candidate.user for candidate in candidates}
        reader: Any = self.fields["reader"]
        reader.choices = [(str(one.user.public_id), _in_words(one)) for one in candidates]

    def clean_reader(self) -> User:
        """Return the person."""
        return self._people[self.cleaned_data["reader"]]


def _in_words(candidate: Candidate) -> str:
    name = candidate.user.display_name
    if not candidate.seen:
        return name
    return f"{name} (had {candidate.seen} of the cells on screen before, with suggestions)"
