from __future__ import annotations

from django.db.models import QuerySet
from django_filters import rest_framework as filters

from apps.accounts.models import Project
from apps.core.api.filters import OneOf, Text, TrueFalse
from apps.slides.models import Slide
from apps.slides.selectors import devices_of, specimens_of


class _OfProject(filters.FilterSet):
    project = OneOf(visible=Project.objects.visible_to, field_name="project", label="Of one project.")


class DeviceFilters(_OfProject):
    """Which devices."""

    name = Text(lookup_expr="icontains", longest=120, label="Part of the name.")


class SpecimenFilters(_OfProject):
    """Which specimens."""

    pseudonym = Text(lookup_expr="icontains", longest=40, label="Part of the pseudonym.")


class SlideFilters(_OfProject):
    """Which slides."""

    specimen = OneOf(visible=specimens_of, field_name="specimen", label="Of one specimen.")
    device = OneOf(visible=devices_of, field_name="device", label="Taken with one device.")
    title = Text(lookup_expr="icontains", longest=200, label="Part of the title.")
    pseudonym = Text(
        field_name="specimen__pseudonym",
        lookup_expr="icontains",
        longest=40,
        label="Part of the specimen's pseudonym.",
    )
    trashed = TrueFalse(
        field_name="trashed_at",
        lookup_expr="isnull",
        exclude=True,
        label="Only those in the trash; without it only those that are not.",
    )
    simulated = TrueFalse(field_name="simulated", label="Only simulated slides, or only real ones.")
    created_after = filters.IsoDateTimeFilter(
        field_name="created_at", lookup_expr="gt", label="Made after this moment."
    )
    created_before = filters.IsoDateTimeFilter(
        field_name="created_at", lookup_expr="lt", label="Made before this moment."
    )

    def filter_queryset(self, queryset: QuerySet[Slide]) -> QuerySet[Slide]:
        """Return the slides that were asked for; those in the trash only by name."""
        found: QuerySet[Slide] = super().filter_queryset(queryset)
        asked = self.form.cleaned_data["trashed"]
        return found if asked not in {None, ""} else found.filter(trashed_at=None)


class FieldFilters(_OfProject):
    """Which fields."""

    slide = OneOf(visible=Slide.objects.visible_to, field_name="slide", label="Of one slide.")
    complete = TrueFalse(field_name="complete", label="Only those that are marked complete, or only others.")
