from __future__ import annotations

from django_filters import rest_framework as filters

from apps.accounts.models import Project
from apps.core.api.filters import OneOf
from apps.review.models import ReadingState
from apps.slides.models import Slide


class ReadingFilters(filters.FilterSet):
    """Which second readings."""

    project = OneOf(visible=Project.objects.visible_to, field_name="project", label="Of one project.")
    slide = OneOf(visible=Slide.objects.visible_to, field_name="slide", label="Of one slide.")
    state = filters.ChoiceFilter(choices=ReadingState.choices, label="In this state.")
