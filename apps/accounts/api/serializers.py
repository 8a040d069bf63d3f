from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.accounts.models import ApiToken, Membership, Project, Role, Scope, User
from apps.accounts.permissions import Action
from apps.accounts.selectors import settings_of
from apps.core.api.serializers import Input
from apps.core.editing import version_of

VERSION_WORDS = "The `version` that you saw; a stale one answers 409 with both values."


class ProjectSerializer(serializers.ModelSerializer[Project]):
    """A project as one of its people sees it."""

    id = serializers.UUIDField(source="public_id", read_only=True)
    role = serializers.SerializerMethodField(
        help_text="Your own role; null for a site administrator without."
    )

    class Meta:
        model = Project
        fields: ClassVar[list[str]] = ["id", "name", "description", "is_demo", "role", "created_at"]
        read_only_fields = fields

    @extend_schema_field(serializers.ChoiceField(choices=Role.choices, allow_null=True))
    def get_role(self, project: Project) -> str | None:
        """Return the asker's own role, null for a site administrator without one."""
        mine = getattr(project, "mine", [])
        return mine[0].role if mine else None


class ProjectDetailSerializer(ProjectSerializer):
    """The same, with what the asker may do there and the version to change it from."""

    actions = serializers.SerializerMethodField()
    version = serializers.SerializerMethodField()

    class Meta(ProjectSerializer.Meta):
        fields: ClassVar[list[str]] = [*ProjectSerializer.Meta.fields, "actions", "version"]
        read_only_fields = fields

    @extend_schema_field(serializers.ListField(child=serializers.ChoiceField(choices=list(Action))))
    def get_actions(self, _project: Project) -> list[str]:
        """Return the names of permitted actions, in the order of ``Action``."""
        allowed = self.context["actions"]
        return [action.value for action in Action if action in allowed]

    def get_version(self, project: Project) -> str:
        """Return the name of the present name and description."""
        return version_of(settings_of(project))


class NewProjectInput(Input):
    """A new project."""

    name = serializers.CharField(max_length=120)
    description = serializers.CharField(max_length=2000, allow_blank=True, required=False, default="")
    manage = serializers.BooleanField(
        required=False, default=True, help_text="Whether you are to be its manager."
    )


class ProjectInput(Input):
    """What is to change of a project; what is left out stays."""

    name = serializers.CharField(max_length=120, required=False)
    description = serializers.CharField(max_length=2000, allow_blank=True, required=False)
    version = serializers.CharField(max_length=64, help_text=VERSION_WORDS)


class MemberSerializer(serializers.ModelSerializer[Membership]):
    """A person's role in a project; ``id`` is the person's."""

    id = serializers.UUIDField(source="user.public_id", read_only=True)
    name = serializers.CharField(source="user.display_name", read_only=True)
    email = serializers.EmailField(source="user.email", read_only=True)
    is_active = serializers.BooleanField(source="user.is_active", read_only=True)
    version = serializers.SerializerMethodField()

    class Meta:
        model = Membership
        fields: ClassVar[list[str]] = ["id", "name", "email", "is_active", "role", "version", "created_at"]
        read_only_fields = fields

    def get_version(self, membership: Membership) -> str:
        """Return the name of the present role."""
        return version_of({"role": membership.role})


class NewMemberInput(Input):
    """Whom to give which role."""

    email = serializers.EmailField(help_text="Of an account that there is already.")
    role = serializers.ChoiceField(choices=Role.choices)


class RoleInput(Input):
    """Another role."""

    role = serializers.ChoiceField(choices=Role.choices)
    version = serializers.CharField(max_length=64, help_text=VERSION_WORDS)


class TokenSerializer(serializers.Serializer[ApiToken]):
    """The token that a request came with."""

    id = serializers.UUIDField(source="public_id")
    name = serializers.CharField()
    scopes = serializers.ListField(child=serializers.ChoiceField(choices=Scope.choices))
    expires_at = serializers.DateTimeField()


class MeSerializer(serializers.ModelSerializer[User]):
    """The asker."""

    id = serializers.UUIDField(source="public_id", read_only=True)
    is_site_admin = serializers.BooleanField(source="is_superuser", read_only=True)
    token = serializers.SerializerMethodField(help_text="The token of this request; null in a browser.")

    class Meta:
        model = User
        fields: ClassVar[list[str]] = ["id", "email", "name", "is_site_admin", "token"]
        read_only_fields = fields

    @extend_schema_field(TokenSerializer(allow_null=True))
    def get_token(self, user: User) -> Any:
        """Return the token that the request came with."""
        return TokenSerializer(user.through).data if user.through is not None else None
