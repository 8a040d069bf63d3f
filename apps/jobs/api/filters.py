from __future__ import annotations

from django_filters import rest_framework as filters

from apps.accounts.models import Project
from apps.core.api.filters import OneOf, Text
from apps.jobs.models import State


class JobFilters(filters.FilterSet):
    """Which jobs."""

    project = OneOf(visible=Project.objects.visible_to, field_name="project", label="Of one project.")
    state = filters.ChoiceFilter(choices=State.choices, label="In this state.")
    kind = Text(longest=80, label='Of this kind, such as "analyse".')
    subject = Text(longest=100, label='About this, such as "slide:<id>".')
    created_after = filters.IsoDateTimeFilter(
        field_name="created_at", lookup_expr="gt", label="Asked for after this moment."
    )
    created_before = filters.IsoDateTimeFilter(
        field_name="created_at", lookup_expr="lt", label="Asked for before this moment."
    )
