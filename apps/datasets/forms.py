from __future__ import annotations

from typing import Any

from django import forms

from apps.accounts.models import Project, User
from apps.accounts.permissions import Action, can
from apps.datasets import selectors
from apps.datasets.models import Declared, Format, Grouping, Import, Labels
from apps.slides.models import Slide

SLIDES_LISTED = 200


class ImportForm(forms.Form):
    """What an archive is and what becomes of its pictures; the archive itself comes beside it."""

    format = forms.ChoiceField(
        choices=[("", "Recognise it"), *Format.choices],
        required=False,
        label="Format",
        help_text="How the pictures and their boxes are laid out.",
    )
    grouping = forms.ChoiceField(
        choices=Grouping.choices,
        initial=Grouping.ONE_SLIDE,
        label="The pictures become",
        help_text="A wbcweb bundle brings its own slides; pictures of single cells need none.",
    )
    title = forms.CharField(max_length=200, required=False, label="Title of the slide")
    origin = forms.ChoiceField(
        choices=Declared.choices,
        initial=Declared.REAL,
        required=False,
        label="The pictures are",
        help_text=(
            "Cannot be changed afterwards. Synthetic cells are pictures of single cells in a folder for each class; "
            "they serve in studies and never enter a count, a reference or an export."
        ),
    )
    analyse = forms.BooleanField(required=False, label="Have the model suggest classes afterwards")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # Two forms share a page: their fields must not share ids.
        super().__init__(*args, **{"label_suffix": "", "auto_id": "import_%s", **kwargs})

    def clean_origin(self) -> str:
        """Return what the pictures are; real where the form of an older page does not say."""
        return self.cleaned_data["origin"] or Declared.REAL.value


class MappingForm(forms.Form):
    """What each class of an archive becomes; a field for each name, in the order of how often it is there."""

    def __init__(self, *args: Any, source: Import, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        self.names = [name for name, _ in source.found.get("classes", [])]
        choices = selectors.choices_for(source)
        for number, (name, count) in enumerate(source.found.get("classes", [])):
            proposed = source.mapping.get(name, "")
            unknown = [] if proposed else [("", "Choose")]
            self.fields[f"class-{number}"] = forms.ChoiceField(
                choices=[*unknown, *choices],
                initial=proposed,
                label=name or "Without a class",
                help_text=f"{count:,} in the archive",
            )

    @property
    def mapping(self) -> dict[str, str]:
        """Return what was chosen for each name."""
        return {name: self.cleaned_data[f"class-{number}"] for number, name in enumerate(self.names)}


class ExportForm(forms.Form):
    """What is taken out of a project."""

    format = forms.ChoiceField(choices=Format.choices, initial=Format.COCO, label="Format")
    labels = forms.ChoiceField(choices=Labels.choices, initial=Labels.HUMAN, label="Classes")
    slides = forms.ModelMultipleChoiceField(
        queryset=Slide.objects.none(),
        required=False,
        to_field_name="public_id",
        label="Slides",
        help_text="None chosen: all slides of the project.",
    )
    only_complete = forms.BooleanField(required=False, label="Only fields marked complete")
    names = forms.BooleanField(
        required=False,
        label="With titles of slides and fields",
        help_text="Titles are names of files at first, and those can be personal data.",
    )

    def __init__(self, *args: Any, project: Project, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", "auto_id": "export_%s", **kwargs})
        slides: Any = self.fields["slides"]
        known = Slide.objects.visible_to(user).filter(project=project)
        slides.queryset = known
        # A list of thousands is no choice: programs name slides by the API.
        newest = known.order_by("-id").values_list("public_id", "title")[:SLIDES_LISTED]
        slides.widget.choices = [(str(public_id), title) for public_id, title in newest]
        slides.widget.attrs["size"] = 6
        if not can(user, Action.MANAGE_MEMBERS, project):
            del self.fields["names"]
