"""What the signing pages send."""

from __future__ import annotations

from typing import Any

from django import forms

from apps.accounts.models import Project
from apps.core.editing import version_of
from apps.registry.models import Role
from apps.registry.selectors import classes_for
from apps.review.models import (
    LARGEST_WBC,
    OLDEST,
    BorderRule,
    Laboratory,
    Quality,
    SigningRules,
    Unit,
    Worksheet,
)
from apps.review.signing.frozen import sheet_values
from apps.review.signing.laboratory import RangeValues, rules_values
from apps.slides.models import Sex


class SheetForm(forms.Form):
    """The leukocyte count, and whether the smear serves."""

    wbc = forms.FloatField(
        required=False,
        min_value=0.001,
        max_value=LARGEST_WBC,
        label="Leukocyte count (10\N{SUPERSCRIPT NINE}/L)",
        help_text="From the analyser or a chamber; gives absolute counts.",
        widget=forms.NumberInput(attrs={"step": "any", "inputmode": "decimal"}),
    )
    wbc_with_nrbc = forms.BooleanField(
        required=False,
        label="The count includes nucleated red cells",
        help_text="Then they are taken out: count \N{MULTIPLICATION SIGN} 100 / (100 + number per 100 leukocytes).",
    )
    quality = forms.ChoiceField(
        choices=[("", "Not said yet"), *Quality.choices],
        required=False,
        label="Does the smear serve for a differential?",
    )
    remark = forms.CharField(
        max_length=500,
        required=False,
        label="Remark",
        help_text="On the smear. No names: it stands in the report.",
    )
    all_counted = forms.BooleanField(
        required=False,
        label="The slide holds no more leukocytes",
        help_text="Then fewer than the project asks for may be signed; the report says so.",
    )
    version = forms.CharField(max_length=64, widget=forms.HiddenInput)

    def __init__(self, *args: Any, worksheet: Worksheet, **kwargs: Any) -> None:
        values = sheet_values(worksheet)
        kwargs.setdefault("initial", {**values, "version": version_of(values)})
        super().__init__(*args, **{"label_suffix": "", **kwargs})


class SignForm(forms.Form):
    """A signature under what was shown; ``reason`` for an amendment."""

    basis = forms.CharField(max_length=64)
    since = forms.IntegerField(min_value=0)
    key = forms.CharField(max_length=64)
    reason = forms.CharField(max_length=500, required=False)


class CountersignForm(forms.Form):
    """A second signature under the same frozen count."""

    digest = forms.CharField(max_length=64)
    key = forms.CharField(max_length=64)


class RulesForm(forms.Form):
    """What a project asks for before signing."""

    laboratory = forms.ModelChoiceField(
        queryset=Laboratory.objects.none(),
        required=False,
        empty_label="None",
        to_field_name="public_id",
        label="Laboratory",
        help_text="Its reference ranges judge the counts of this project.",
    )
    new_laboratory = forms.CharField(max_length=120, required=False, label="Or a new laboratory, by name")
    cells_needed = forms.IntegerField(
        min_value=1,
        max_value=100_000,
        label="Leukocytes to count at least",
        help_text="100 unless you say otherwise.",
    )
    two_signers = forms.BooleanField(required=False, label="A second person signs the same count")
    fields_complete = forms.BooleanField(required=False, label="Every field is marked as boxed completely")
    border = forms.ChoiceField(
        choices=BorderRule.choices,
        label="Cells that the border of a field cuts",
        help_text="For the differential alone. The report says how many cells are left out.",
    )
    version = forms.CharField(max_length=64, widget=forms.HiddenInput)

    def __init__(
        self, *args: Any, rules: SigningRules, laboratories: list[Laboratory], **kwargs: Any
    ) -> None:
        values = rules_values(rules)
        kwargs.setdefault("initial", {**values, "version": version_of(values)})
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        choices: Any = self.fields["laboratory"]
        choices.queryset = Laboratory.objects.filter(pk__in=[each.pk for each in laboratories])


class RangeForm(forms.Form):
    """One reference range."""

    cell_class = forms.ChoiceField(label="Class")
    unit = forms.ChoiceField(choices=Unit.choices, label="Unit")
    low = forms.FloatField(min_value=0, label="From", widget=forms.NumberInput(attrs={"step": "any"}))
    high = forms.FloatField(min_value=0, label="To", widget=forms.NumberInput(attrs={"step": "any"}))
    sex = forms.ChoiceField(
        choices=[("", "Both"), *(c for c in Sex.choices if c[0])], required=False, label="Sex"
    )
    age_low = forms.FloatField(
        min_value=0, required=False, label="Age from (years)", widget=forms.NumberInput(attrs={"step": "any"})
    )
    age_high = forms.FloatField(
        min_value=0,
        max_value=OLDEST,
        required=False,
        label="Age below (years)",
        help_text="Empty: no limit.",
        widget=forms.NumberInput(attrs={"step": "any"}),
    )
    source = forms.CharField(
        max_length=300,
        label="Source",
        help_text="Where the limits come from: a study, a book, your own donors.",
    )
    valid_from = forms.DateField(
        label="Valid from", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        classes: Any = self.fields["cell_class"]
        inside = {Role.LEUKOCYTE, Role.NRBC}
        classes.choices = [(c.name, c.title) for c in classes_for(project) if c.role in inside]

    def values(self) -> RangeValues:
        """Return the range that was sent."""
        given = self.cleaned_data
        return RangeValues(
            cell_class=given["cell_class"],
            unit=given["unit"],
            low=given["low"],
            high=given["high"],
            source=given["source"],
            valid_from=given["valid_from"],
            sex=given["sex"],
            age_low=given["age_low"] or 0.0,
            age_high=OLDEST if given["age_high"] is None else given["age_high"],
        )


class RangeFileForm(forms.Form):
    """A table of ranges."""

    file = forms.FileField(label="CSV file", max_length=200)
