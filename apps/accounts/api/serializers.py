from typing import ClassVar

from rest_framework import serializers

from apps.accounts.models import Project, User
from apps.accounts.permissions import Action


class ProjectSerializer(serializers.ModelSerializer[Project]):
    """A project as one of its people sees it."""

    id = serializers.UUIDField(source="public_id", read_only=True)
    role = serializers.SerializerMethodField()

    class Meta:
        model = Project
        fields: ClassVar[list[str]] = ["id", "name", "description", "is_demo", "role", "created_at"]
        read_only_fields = fields

    def get_role(self, project: Project) -> str | None:
        """Return the asker's own role, null for a site administrator without one."""
        mine = getattr(project, "mine", [])
        return mine[0].role if mine else None


class ProjectDetailSerializer(ProjectSerializer):
    """The same, with what the asker may do there."""

    actions = serializers.SerializerMethodField()

    class Meta(ProjectSerializer.Meta):
        fields: ClassVar[list[str]] = [*ProjectSerializer.Meta.fields, "actions"]
        read_only_fields = fields

    def get_actions(self, _project: Project) -> list[str]:
        """Return the names of permitted actions, in the order of ``Action``."""
        allowed = self.context["actions"]
        return [action.value for action in Action if action in allowed]


class MeSerializer(serializers.ModelSerializer[User]):
    """The asker."""

    id = serializers.UUIDField(source="public_id", read_only=True)
    is_site_admin = serializers.BooleanField(source="is_superuser", read_only=True)

    class Meta:
        model = User
        fields: ClassVar[list[str]] = ["id", "email", "name", "is_site_admin"]
        read_only_fields = fields
