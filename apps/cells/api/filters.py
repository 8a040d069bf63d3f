from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet
from django_filters import rest_framework as filters

from apps.accounts.models import Project
from apps.cells.models import Cell, EventKind, Origin, ReviewState
from apps.cells.selectors.blind import only_known
from apps.core.api.filters import OneOf, Share, Text, TrueFalse
from apps.core.errors import InvalidInput
from apps.slides.models import Field, Slide

# Whoever filters by one of these learns it of the cells that come back.
_TELLING = (
    "label",
    "suggested",
    "class",
    "review_state",
    "unidentified",
    "suggestion",
    "probability_from",
    "probability_below",
)


class _OneOfThese(filters.FilterSet):
    """A list so long that it is read for one thing at a time; with none named it is refused."""

    one_of: tuple[str, ...]

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Return the rows that were asked for.

        Raises:
            InvalidInput: when nothing says of what.
        """
        if not any(self.form.cleaned_data.get(name) for name in self.one_of):
            raise InvalidInput(
                f"Say of what: give {', '.join(self.one_of[:-1])} or {self.one_of[-1]}.", code="of-what"
            )
        found: QuerySet[Any] = super().filter_queryset(queryset)
        return found


class CellFilters(_OneOfThese):
    """Which cells; one of project, slide and field must be given."""

    one_of = ("project", "slide", "field")

    project = OneOf(visible=Project.objects.visible_to, field_name="project", label="Of one project.")
    slide = OneOf(visible=Slide.objects.visible_to, field_name="field__slide", label="Of one slide.")
    field = OneOf(visible=Field.objects.visible_to, field_name="field", label="Of one field.")
    label = Text(field_name="current_class", longest=40, label="With this label of a person.")
    suggested = Text(field_name="suggested_class", longest=40, label="With this suggestion.")
    review_state = filters.ChoiceFilter(choices=ReviewState.choices, label="Reviewed so far.")
    origin = filters.ChoiceFilter(choices=Origin.choices, label="Of this origin.")
    unidentified = TrueFalse(
        field_name="unidentified", label="Only those of which the model was not sure, or only others."
    )
    suggestion = filters.UUIDFilter(
        field_name="classifier_version__public_id",
        label="Whose suggestion in force is by this model version.",
    )
    probability_from = Share(
        field_name="suggested_probability", lookup_expr="gte", label="With at least this probability."
    )
    probability_below = Share(
        field_name="suggested_probability", lookup_expr="lt", label="With less than this probability."
    )

    def filter_queryset(self, queryset: QuerySet[Cell]) -> QuerySet[Cell]:
        """Return the cells that were asked for; by their class only those of which the asker may know it."""
        found = super().filter_queryset(queryset)
        if any(self.form.cleaned_data.get(name) not in {None, ""} for name in _TELLING):
            return only_known(found, self.request.user)
        return found

    @classmethod
    def get_filters(cls) -> dict[str, Any]:
        """Return the filters with ``class``, which is no name in Python."""
        words = "That count as this class: the label, else the suggestion."
        shown = Text(method="shown_as", longest=40, label=words)
        return {**super().get_filters(), "class": shown}

    def shown_as(self, rows: QuerySet[Cell], _name: str, value: str) -> QuerySet[Cell]:
        """Return the cells that count as a class."""
        return rows.filter(Q(current_class=value) | Q(current_class="", suggested_class=value))


class LabelEventFilters(_OneOfThese):
    """Which label events; one of project, slide and cell must be given."""

    one_of = ("project", "slide", "cell")

    project = OneOf(visible=Project.objects.visible_to, field_name="project", label="Of one project.")
    slide = OneOf(visible=Slide.objects.visible_to, field_name="cell__field__slide", label="Of one slide.")
    cell = OneOf(visible=Cell.objects.visible_to, field_name="cell", label="Of one cell.")
    actor = filters.UUIDFilter(field_name="actor__public_id", label="By this person.")
    kind = filters.ChoiceFilter(choices=EventKind.choices, label="Of this kind.")
    created_after = filters.IsoDateTimeFilter(
        field_name="created_at", lookup_expr="gt", label="After this moment."
    )
    created_before = filters.IsoDateTimeFilter(
        field_name="created_at", lookup_expr="lt", label="Before this moment."
    )
