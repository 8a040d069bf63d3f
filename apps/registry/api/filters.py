from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet
from django_filters import rest_framework as filters

from apps.accounts.models import Project
from apps.core.api.filters import OneOf, Text, TrueFalse
from apps.registry.models import ClassList, ModelState, Task
from apps.registry.selectors import class_list_for


class ClassListFilters(filters.FilterSet):
    """Which class lists."""

    name = Text(longest=40, label="All versions of this list.")
    published = TrueFalse(field_name="published", label="Only those that are published, or only others.")
    project = filters.UUIDFilter(method="of_project", label="The list with which a project labels its cells.")

    def of_project(self, rows: QuerySet[ClassList], _name: str, value: UUID) -> QuerySet[ClassList]:
        """Return the one list that a project uses; none when the asker may not see the project."""
        project = Project.objects.visible_to(self.request.user).filter(public_id=value).first()
        return rows.none() if project is None else rows.filter(pk=class_list_for(project).pk)


class ModelFilters(filters.FilterSet):
    """Which versions of models."""

    task = filters.ChoiceFilter(choices=Task.choices, label="That do this.")
    state = filters.ChoiceFilter(choices=ModelState.choices, label="In this state.")
    name = Text(longest=60, label="All versions of this model.")
    shipped = TrueFalse(field_name="shipped", label="Only those that came with the software, or only others.")
    project = OneOf(visible=Project.objects.visible_to, field_name="project", label="Of one project's own.")
