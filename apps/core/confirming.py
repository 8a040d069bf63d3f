"""What cannot be undone is asked for with words that nobody types by accident."""

from typing import Any

from django import forms


class TypedConfirmation(forms.Form):
    """Take an act only from a person who has typed the name of what it is done to.

    Args:
        wanted: What is to be typed; blanks around it and between words do not count, capitals do.
        label: What the person reads beside the field; names what is to be typed.
    """

    typed = forms.CharField(
        max_length=300, widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"})
    )

    def __init__(self, *args: Any, wanted: str, label: str, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        self._wanted = wanted
        self.fields["typed"].label = label

    def clean_typed(self) -> str:
        """Compare what was typed."""
        typed = str(self.cleaned_data["typed"])
        if typed.split() != self._wanted.split():
            raise forms.ValidationError("This is not what is asked for. Nothing has been removed.")
        return typed
