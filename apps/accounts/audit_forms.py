"""What may be asked of the audit."""

from typing import Any
from urllib.parse import urlencode

from django import forms

from apps.accounts.audit_trail import Filters
from apps.accounts.models import Project
from apps.accounts.verbs import SENTENCES


def _words(verb: str) -> str:
    return verb.replace("-", " ").capitalize()


class AuditFilterForm(forms.Form):
    """Who, what, in which project, from when to when."""

    who = forms.CharField(
        label="Who (part of name or address)",
        required=False,
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    verb = forms.ChoiceField(label="What", required=False)
    project = forms.ModelChoiceField(
        label="Project",
        queryset=Project.objects.all(),
        to_field_name="public_id",
        required=False,
        empty_label="Any",
    )
    since = forms.DateField(label="From", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label="To", required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args: Any, with_projects: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        verbs = sorted((verb, _words(verb)) for verb in SENTENCES)
        self.fields["verb"].choices = [("", "Anything"), *verbs]  # type: ignore[attr-defined]
        if not with_projects:
            del self.fields["project"]

    def filters(self) -> Filters:
        """Return what was asked for; of a valid form."""
        values = self.cleaned_data
        return Filters(
            who=values["who"],
            verb=values["verb"],
            project=values.get("project"),
            since=values["since"],
            until=values["until"],
        )

    def query(self) -> str:
        """Return the filters as they stand in an address, for links that keep them."""
        given = {name: self.data.get(name, "") for name in self.fields}
        return urlencode({name: value for name, value in given.items() if value})


class Cursor(forms.Form):
    """Between which events a page lies."""

    before = forms.UUIDField(required=False)
    after = forms.UUIDField(required=False)
