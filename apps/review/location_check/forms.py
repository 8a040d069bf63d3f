from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from django import forms

from apps.review.location_check.selectors import Group


class StartForm(forms.Form):
    """Which stain and device to check."""

    group = forms.ChoiceField(label="Stain and device")

    def __init__(self, *args: Any, groups: list[Group], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._groups = {group.key: group for group in groups}
        choice = self.fields["group"]
        if not isinstance(choice, forms.ChoiceField):
            raise TypeError(choice)
        choice.choices = [
            (group.key, f"{group.words}: {group.fields} fields, {group.cells} boxes") for group in groups
        ]

    def chosen(self) -> tuple[str, UUID | None]:
        """Return stain and device of the chosen group."""
        group = self._groups[self.cleaned_data["group"]]
        return group.stain, group.device


class ResultForm(forms.Form):
    """What a person marked on a field: two lists, written by the page's script."""

    missed = forms.CharField(max_length=40_000)
    false_boxes = forms.CharField(max_length=40_000)

    def clean_missed(self) -> list[list[float]]:
        """Return pairs of numbers."""
        found = _list_in(self.cleaned_data["missed"])
        if not all(isinstance(p, list) and len(p) == 2 and all(_is_number(v) for v in p) for p in found):
            raise forms.ValidationError("These are no places.")
        return found

    def clean_false_boxes(self) -> list[int]:
        """Return whole numbers."""
        found = _list_in(self.cleaned_data["false_boxes"])
        if not all(type(value) is int for value in found):
            raise forms.ValidationError("These are no boxes.")
        return found


def _list_in(text: str) -> list[Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise forms.ValidationError("This makes no sense.") from error
    if not isinstance(found, list):
        raise forms.ValidationError("This makes no sense.")
    return found


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
