"""Who is asking, projects, and who works in them."""

from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts import selectors, services
from apps.accounts.api import examples, serializers
from apps.accounts.api.filters import ProjectFilters
from apps.accounts.models import Membership, Project, Scope
from apps.accounts.permissions import Person, actions, person
from apps.core.api.lists import ListView
from apps.core.api.requests import plain
from apps.core.api.serializers import Error, Stale


class MeView(APIView):
    """Who is asking."""

    @extend_schema(responses=serializers.MeSerializer, examples=[examples.ME])
    def get(self, request: Request) -> Response:
        """Return the asker's account, and the token that the request came with."""
        return Response(serializers.MeSerializer(request.user).data)


class ProjectListView(ListView):
    """The asker's projects."""

    model = Project
    scopes: ClassVar = {"POST": Scope.MANAGE}
    serializer_class = serializers.ProjectSerializer
    filterset_class = ProjectFilters

    def rows(self) -> QuerySet[Project]:
        """Return the projects the asker may see."""
        return selectors.projects_of(self.request.user)

    @extend_schema(examples=[examples.PROJECT])
    def get(self, request: Request, **_: Any) -> Response:
        """List your projects; a site administrator's are all."""
        return self.part(request)

    @extend_schema(
        request=serializers.NewProjectInput,
        responses={201: serializers.ProjectDetailSerializer, 409: Error},
        examples=[examples.NEW_PROJECT, examples.PROJECT_DETAIL],
    )
    def post(self, request: Request) -> Response:
        """Make a project; for site administrators. 409 when the name is taken."""
        given = serializers.NewProjectInput(data=request.data).checked()
        actor = person(request)
        project = services.create_project(
            actor=actor,
            name=given["name"],
            description=given["description"],
            manager=actor if given["manage"] else None,
            request=plain(request),
        )
        return Response(_detail(actor, project.public_id), status=201)


class ProjectView(APIView):
    """One project."""

    scopes: ClassVar = {"PATCH": Scope.MANAGE}

    @extend_schema(responses=serializers.ProjectDetailSerializer, examples=[examples.PROJECT_DETAIL])
    def get(self, request: Request, project_id: UUID) -> Response:
        """Return a project and what you may do there."""
        return Response(_detail(request.user, project_id))

    @extend_schema(
        request=serializers.ProjectInput,
        responses={200: serializers.ProjectDetailSerializer, 409: Stale},
        examples=[examples.PROJECT_CHANGE, examples.PROJECT_DETAIL],
    )
    def patch(self, request: Request, project_id: UUID) -> Response:
        """Change name and description; for managers. 409 when the name is taken or somebody changed it meanwhile."""
        project = selectors.get_project(user=request.user, public_id=project_id)
        given = serializers.ProjectInput(data=request.data).checked()
        services.update_project(
            actor=person(request),
            project=project,
            request=plain(request),
            **{**selectors.settings_of(project), **given},
        )
        return Response(_detail(request.user, project_id))


class MemberListView(ListView):
    """The people of a project."""

    model = Membership
    scopes: ClassVar = {"POST": Scope.MANAGE}
    serializer_class = serializers.MemberSerializer

    def rows(self) -> QuerySet[Membership]:
        """Return the roles in a project that the asker may see."""
        project = selectors.get_project(user=self.request.user, public_id=self.kwargs["project_id"])
        return project.memberships.select_related("user")

    def place_of(self, after: str) -> int | None:
        """Return the row of the member with this id."""
        try:
            public_id = UUID(after)
        except ValueError:
            return None
        rows = self.rows().order_by().filter(user__public_id=public_id)
        return rows.values_list("pk", flat=True).first()

    @extend_schema(examples=[examples.MEMBER])
    def get(self, request: Request, **_: Any) -> Response:
        """List the people of a project and their roles."""
        return self.part(request)

    @extend_schema(
        request=serializers.NewMemberInput,
        responses={201: serializers.MemberSerializer, 409: Error},
        examples=[examples.NEW_MEMBER, examples.MEMBER],
    )
    def post(self, request: Request, project_id: UUID) -> Response:
        """Give the owner of an account a role; for managers. 409 when the person is a member already."""
        project = selectors.get_project(user=request.user, public_id=project_id)
        given = serializers.NewMemberInput(data=request.data).checked()
        membership = services.add_member(
            actor=person(request),
            project=project,
            email=given["email"],
            role=given["role"],
            request=plain(request),
        )
        return Response(serializers.MemberSerializer(membership).data, status=201)


class MemberView(APIView):
    """The role of one person in a project."""

    scopes: ClassVar = {"PATCH": Scope.MANAGE, "DELETE": Scope.MANAGE}

    @extend_schema(responses=serializers.MemberSerializer, examples=[examples.MEMBER])
    def get(self, request: Request, project_id: UUID, user_id: UUID) -> Response:
        """Return a person's role."""
        project = selectors.get_project(user=request.user, public_id=project_id)
        membership = selectors.get_membership(project=project, public_id=user_id)
        return Response(serializers.MemberSerializer(membership).data)

    @extend_schema(
        request=serializers.RoleInput,
        responses={200: serializers.MemberSerializer, 409: Stale},
        examples=[examples.ROLE, examples.MEMBER],
    )
    def patch(self, request: Request, project_id: UUID, user_id: UUID) -> Response:
        """Change a role; for managers. 409 when somebody changed it meanwhile, or it was the last manager's."""
        project = selectors.get_project(user=request.user, public_id=project_id)
        user = selectors.get_member(project=project, public_id=user_id)
        given = serializers.RoleInput(data=request.data).checked()
        membership = services.change_role(
            actor=person(request),
            project=project,
            user=user,
            role=given["role"],
            version=given["version"],
            request=plain(request),
        )
        return Response(serializers.MemberSerializer(membership).data)

    @extend_schema(responses={204: None, 409: Error})
    def delete(self, request: Request, project_id: UUID, user_id: UUID) -> Response:
        """Take a person's role away; for managers. 409 when the project would lose its manager."""
        project = selectors.get_project(user=request.user, public_id=project_id)
        user = selectors.get_member(project=project, public_id=user_id)
        services.remove_member(actor=person(request), project=project, user=user, request=plain(request))
        return Response(status=204)


def _detail(user: Person, project_id: UUID) -> dict[str, Any]:
    project = selectors.get_project_of(user=user, public_id=project_id)
    context = {"actions": actions(user, project)}
    return dict(serializers.ProjectDetailSerializer(project, context=context).data)
