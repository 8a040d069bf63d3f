from django.db.models import QuerySet
from django_filters import rest_framework as filters

from apps.accounts.models import Project, Role
from apps.core.api.filters import Text, TrueFalse


class ProjectFilters(filters.FilterSet):
    """Which projects."""

    name = Text(field_name="name", lookup_expr="icontains", longest=120, label="Part of the name.")
    is_demo = TrueFalse(field_name="is_demo", label="Only the demonstration's, or only others.")
    role = filters.ChoiceFilter(
        choices=Role.choices, method="of_role", label="Only those in which you have this role."
    )

    def of_role(self, rows: QuerySet[Project], _name: str, value: str) -> QuerySet[Project]:
        """Return the projects in which the asker has a role."""
        return rows.filter(memberships__user=self.request.user, memberships__role=value)
