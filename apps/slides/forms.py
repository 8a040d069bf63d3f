from __future__ import annotations

from typing import Any

from django import forms

from apps.core.editing import version_of
from apps.slides.models import DeviceProfile, Mode, Sex, Slide
from apps.slides.selectors import details_of


class UploadForm(forms.Form):
    """What the files of an upload become; the files themselves come beside it."""

    mode = forms.ChoiceField(
        choices=Mode.choices, widget=forms.RadioSelect, initial=Mode.ONE_SLIDE, label="The files are"
    )
    title = forms.CharField(max_length=200, required=False, label="Title of the slide")
    slide = forms.UUIDField(required=False, label="Slide to add to")


class SlideForm(forms.Form):
    """A slide's title, specimen and device."""

    title = forms.CharField(max_length=200, label="Title")
    pseudonym = forms.CharField(max_length=40, label="Specimen (pseudonym)")
    age_band = forms.CharField(
        max_length=20, required=False, help_text="Such as 40-49; never a date of birth."
    )
    sex = forms.ChoiceField(choices=Sex.choices, required=False)
    species = forms.CharField(max_length=60, required=False)
    stain = forms.CharField(max_length=60, required=False)
    anticoagulant = forms.CharField(max_length=60, required=False)
    collected_at = forms.DateTimeField(
        required=False,
        label="Collected at",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"],
    )
    device = forms.ModelChoiceField(
        queryset=DeviceProfile.objects.none(),
        required=False,
        empty_label="Not given",
        label="Device",
        help_text="Gives its scale to the fields whose file had none.",
        to_field_name="public_id",
    )
    version = forms.CharField(max_length=64, widget=forms.HiddenInput)

    def __init__(self, *args: Any, slide: Slide, **kwargs: Any) -> None:
        details = details_of(slide)
        device = slide.device.public_id if slide.device is not None else None
        kwargs.setdefault("initial", {**details, "device": device, "version": version_of(details)})
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        devices: Any = self.fields["device"]
        devices.queryset = DeviceProfile.objects.filter(project=slide.project)


class DeviceForm(forms.Form):
    """A new camera or scanner."""

    name = forms.CharField(max_length=120, label="Name", help_text="Such as Olympus BX53 with DP74.")
    objective = forms.CharField(
        max_length=40, required=False, label="Objective", help_text="Such as 100x oil."
    )
    um_per_px = forms.FloatField(
        required=False,
        min_value=0.001,
        max_value=100,
        label="Micrometres per pixel",
        widget=forms.NumberInput(attrs={"step": "any"}),
    )
    version = forms.CharField(max_length=64, widget=forms.HiddenInput)

    def __init__(self, *args: Any, slide: Slide, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"version": version_of({"device": slide.device})})
        super().__init__(*args, **{"label_suffix": "", **kwargs})
