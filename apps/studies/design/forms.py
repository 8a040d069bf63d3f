"""The form of a study's design: a protocol as fields, and fields as a protocol."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from django import forms
from django.forms import BoundField

from apps.registry.models import CellClass
from apps.studies.draw import Source
from apps.studies.protocol import CLASS, MOST_ARMS, PHYSICAL, REAL, REALISM, STRETCHED, Arm, Protocol

MOST_OF_A_CLASS: Final = 500

CLASS_ONLY, TOGETHER, APART = "class", "class-realism", "class-realism-apart"
_ASKS: Final = {
    CLASS_ONLY: "The class",
    TOGETHER: "The class, then how real it looks, image by image",
    APART: "The class; how real it looks in a second sitting",
}
_SCALES: Final = {
    STRETCHED: "Each cell fills the image",
    PHYSICAL: "One physical scale for all",
}


class ClassLine(NamedTuple):
    """A row of the table: a class, whether it is an answer, and how many images of it each arm gives."""

    cell_class: CellClass
    answer: BoundField
    cells: list[tuple[BoundField, str, str]]
    """For each arm the field, the id of the words beside it, and those words."""


class DesignForm(forms.Form):
    """A study's title and protocol.

    Args:
        protocol: What the study has now; fields that are not sent keep its values.
        classes: The classes of the project's list, in order.
        sources: Where images may come from.
        title: The study's title now.
        arms: How many arms the form has; those of the protocol otherwise.
    """

    title = forms.CharField(max_length=200, label="Title", help_text="Readers never see it.")
    reader_title = forms.CharField(
        max_length=200,
        required=False,
        label="Title for readers",
        help_text="Must not tell what the study compares. “Reading of cell images” when empty.",
    )
    asks = forms.ChoiceField(choices=list(_ASKS.items()), label="Readers are asked for")
    sitting_gap_days = forms.IntegerField(
        min_value=0,
        max_value=365,
        required=False,
        label="Days between two sittings",
        help_text="Only with a second sitting.",
    )
    scale = forms.ChoiceField(choices=list(_SCALES.items()), label="Size of cells")
    image_side = forms.IntegerField(
        min_value=128, max_value=768, label="Side of an image", help_text="Pixels on the reader's screen."
    )
    practice = forms.IntegerField(
        min_value=0, max_value=50, label="Practice images", help_text="Come first and count in no figure."
    )
    break_every = forms.IntegerField(
        min_value=0, max_value=500, label="Offer a break every", help_text="Images; 0 for none."
    )
    going_back = forms.BooleanField(
        required=False, label="Readers may go back", help_text="First and final answers are both kept."
    )
    repeats = forms.IntegerField(
        min_value=0, max_value=20, label="Hidden repeats, per cent", help_text="At least 20 images apart."
    )
    controls = forms.IntegerField(
        min_value=0, max_value=50, label="Attention controls", help_text="Plain images; count in no figure."
    )
    control_source = forms.ChoiceField(required=False, label="Controls from")
    exclude_labelled_by_reader = forms.BooleanField(
        required=False, label="Leave out cells that a reader has labelled before"
    )
    readers = forms.IntegerField(min_value=1, max_value=200, label="Readers planned")
    margin = forms.DecimalField(
        min_value=1,
        max_value=49,
        decimal_places=1,
        required=False,
        label="Margin, percentage points",
        help_text="Fixed now: “indistinguishable” means a difference smaller than this. Empty: no such claim.",
    )
    two_person_unblinding = forms.BooleanField(required=False, label="Two persons unblind")
    consent_text = forms.CharField(
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 8}),
        label="What readers agree to",
        help_text="Shown before the first image. Say who runs the study, how long it takes, and what is kept.",
    )

    def __init__(
        self,
        *args: Any,
        protocol: Protocol,
        classes: Sequence[CellClass],
        sources: Sequence[Source],
        title: str = "",
        arms: int | None = None,
        **kwargs: Any,
    ) -> None:
        self._protocol = protocol
        # What only a person says ("other leukocyte", "not classed") readers have as answers of their own.
        self._classes = [one for one in classes if not one.human_only or one.name in protocol.classes]
        self._sources = {f"{source.origin}:{source.value}": source for source in sources}
        self.arm_count = max(1, min(MOST_ARMS, arms if arms is not None else len(protocol.arms)))
        kwargs.setdefault("initial", {**_initial(protocol, title), **_initial_arms(protocol)})
        super().__init__(*args, **{"label_suffix": "", "auto_id": "design_%s", **kwargs})
        self._add_arms()

    def _add_arms(self) -> None:
        choices = [("", "Choose"), *((key, _words(source)) for key, source in self._sources.items())]
        known = {key for key, _ in choices}
        wanted = [f"{arm.origin}:{arm.source}" for arm in self._protocol.arms]
        # What an arm was drawn from may be gone; the form shows so instead of choosing something else.
        gone = [(key, "Not there any more") for key in wanted if key not in known and key.split(":", 1)[1]]
        control: Any = self.fields["control_source"]
        control.choices = [
            ("", "No controls"),
            *((source.value, _words(source)) for source in self._sources.values()),
        ]
        if self._protocol.control_source not in {value for value, _ in control.choices}:
            control.choices = [*control.choices, (self._protocol.control_source, "Not there any more")]
        for name in (cell_class.name for cell_class in self._classes):
            self.fields[f"answer-{name}"] = forms.BooleanField(required=False)
        for number in range(self.arm_count):
            words = f"of arm {number + 1}"
            self.fields[f"arm-{number}-name"] = forms.CharField(
                max_length=60, label=f"Name {words}", widget=_told(forms.TextInput, f"Name {words}")
            )
            self.fields[f"arm-{number}-source"] = forms.ChoiceField(
                choices=[*choices, *gone],
                label=f"Images {words}",
                widget=_told(forms.Select, f"Images {words}"),
                error_messages={"required": "Choose where its images come from."},
            )
            for cell_class in self._classes:
                label = f"{cell_class.title}, images {words}"
                self.fields[f"arm-{number}-n-{cell_class.name}"] = forms.IntegerField(
                    min_value=0,
                    max_value=MOST_OF_A_CLASS,
                    required=False,
                    label=label,
                    widget=_told(forms.NumberInput, label),
                )

    # What the page draws

    @property
    def most_arms(self) -> int:
        """Return how many arms a study may have."""
        return MOST_ARMS

    @property
    def sections(self) -> list[tuple[str, list[BoundField]]]:
        """Return the fields below the table under their headings."""
        names = {
            "What readers see and do": ("scale", "image_side", "practice", "break_every", "going_back"),
            "Checks on the readings": (
                "repeats",
                "controls",
                "control_source",
                "exclude_labelled_by_reader",
            ),
            "Decided beforehand": ("readers", "margin", "two_person_unblinding"),
            "Consent": ("consent_text",),
        }
        return [(heading, [self[name] for name in fields]) for heading, fields in names.items()]

    @property
    def about(self) -> list[BoundField]:
        """Return the fields above the table."""
        return [self[name] for name in ("title", "reader_title", "asks", "sitting_gap_days")]

    @property
    def arm_names(self) -> list[BoundField]:
        """Return the field with the name of each arm."""
        return [self[f"arm-{number}-name"] for number in range(self.arm_count)]

    @property
    def arm_sources(self) -> list[BoundField]:
        """Return the field with the source of each arm."""
        return [self[f"arm-{number}-source"] for number in range(self.arm_count)]

    @property
    def class_lines(self) -> list[ClassLine]:
        """Return the table's rows."""
        there = dict(self.there())
        return [
            ClassLine(
                cell_class,
                self[f"answer-{cell_class.name}"],
                [
                    (self[name], f"there-{name}", there[f"there-{name}"])
                    for name in (f"arm-{number}-n-{cell_class.name}" for number in range(self.arm_count))
                ],
            )
            for cell_class in self._classes
        ]

    def there(self) -> list[tuple[str, str]]:
        """Return how many images each arm's source has of each class, by the id of the words on the page."""
        lines = []
        for number in range(self.arm_count):
            source = self._sources.get(str(self[f"arm-{number}-source"].value() or ""))
            for cell_class in self._classes:
                words = f"of {source.counts.get(cell_class.name, 0):,}" if source else ""
                lines.append((f"there-arm-{number}-n-{cell_class.name}", words))
        return lines

    def totals(self) -> list[tuple[str, int]]:
        """Return how many images each arm gives, by the id of the figure on the page."""
        return [
            (
                f"total-{number}",
                sum(
                    _whole(self[f"arm-{number}-n-{cell_class.name}"].value())
                    for cell_class in self._classes
                    if self[f"answer-{cell_class.name}"].value()
                ),
            )
            for number in range(self.arm_count)
        ]

    # What the page sends

    def clean(self) -> dict[str, Any]:
        """Refuse what no field can see alone."""
        values = super().clean() or {}
        chosen = [cell_class.name for cell_class in self._classes if values.get(f"answer-{cell_class.name}")]
        if len(chosen) < 2:
            self.add_error(None, "Choose at least two classes that readers can answer with.")
        names = [values[f"arm-{n}-name"] for n in range(self.arm_count) if values.get(f"arm-{n}-name")]
        if len(set(names)) < len(names):
            self.add_error(None, "Two arms have the same name.")
        return values

    def protocol(self) -> Protocol:
        """Return the protocol that the valid values make."""
        return self._made_of(self.cleaned_data)

    def rough_protocol(self) -> Protocol:
        """Return the protocol of what makes sense so far; of fields in error it keeps the value of now."""
        return self._made_of({**_initial(self._protocol, ""), **getattr(self, "cleaned_data", {})})

    def _made_of(self, values: Mapping[str, Any]) -> Protocol:
        asks = values["asks"]
        chosen = tuple(c.name for c in self._classes if values.get(f"answer-{c.name}"))
        margin = values.get("margin")
        gap = values.get("sitting_gap_days")
        return self._protocol.replace(
            classes=chosen,
            questions=(CLASS,) if asks == CLASS_ONLY else (CLASS, REALISM),
            sittings=2 if asks == APART else 1,
            sitting_gap_days=self._protocol.sitting_gap_days if gap is None else gap,
            arms=tuple(self._arm(number, values, chosen) for number in range(self.arm_count)),
            repeats=values["repeats"] / 100,
            controls=values["controls"],
            control_source=values.get("control_source") or "",
            practice=values["practice"],
            image_side=values["image_side"],
            scale=values["scale"],
            going_back=bool(values.get("going_back")),
            break_every=values["break_every"],
            margin=None if not margin else float(margin) / 100,
            readers=values["readers"],
            reader_title=" ".join(str(values.get("reader_title") or "").split()),
            two_person_unblinding=bool(values.get("two_person_unblinding")),
            consent_text=str(values.get("consent_text") or "").strip(),
            exclude_labelled_by_reader=bool(values.get("exclude_labelled_by_reader")),
        )

    def _arm(self, number: int, values: Mapping[str, Any], chosen: Sequence[str]) -> Arm:
        origin, _, source = str(values.get(f"arm-{number}-source") or "").partition(":")
        counts = {name: values.get(f"arm-{number}-n-{name}") or 0 for name in chosen}
        return Arm(
            name=" ".join(str(values.get(f"arm-{number}-name") or f"Arm {number + 1}").split()),
            origin=origin or REAL,
            source=source,
            per_class={name: n for name, n in counts.items() if n},
        )


def _told(widget: type[forms.Widget], label: str) -> forms.Widget:
    """Return a widget with a name of its own: in a table no label stands beside it."""
    return widget(attrs={"aria-label": label})


def _words(source: Source) -> str:
    return f"{source.label} ({sum(source.counts.values()):,} {source.origin})"


def _whole(value: Any) -> int:
    try:
        return max(0, int(value or 0))
    except (TypeError, ValueError):
        return 0


def _initial(protocol: Protocol, title: str) -> dict[str, Any]:
    asks = CLASS_ONLY
    if REALISM in protocol.questions:
        asks = APART if protocol.sittings > 1 else TOGETHER
    same = (
        "reader_title",
        "sitting_gap_days",
        "scale",
        "image_side",
        "practice",
        "break_every",
        "going_back",
        "controls",
        "control_source",
        "exclude_labelled_by_reader",
        "readers",
        "two_person_unblinding",
        "consent_text",
    )
    return {
        "title": title,
        "asks": asks,
        "repeats": round(100 * protocol.repeats),
        "margin": None if protocol.margin is None else round(100 * protocol.margin, 1),
        **{name: getattr(protocol, name) for name in same},
    }


def _initial_arms(protocol: Protocol) -> dict[str, Any]:
    values: dict[str, Any] = {f"answer-{name}": True for name in protocol.classes}
    for number, arm in enumerate(protocol.arms):
        values[f"arm-{number}-name"] = arm.name
        values[f"arm-{number}-source"] = f"{arm.origin}:{arm.source}" if arm.source else ""
        values |= {f"arm-{number}-n-{name}": n for name, n in arm.per_class.items()}
    return values
