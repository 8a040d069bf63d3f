from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts import selectors
from apps.accounts.api.serializers import MeSerializer, ProjectDetailSerializer, ProjectSerializer
from apps.accounts.models import Project
from apps.accounts.permissions import actions
from apps.core.errors import NotFound


class MeView(APIView):
    """Who is asking."""

    @extend_schema(responses=MeSerializer)
    def get(self, request: Request) -> Response:
        """Return the asker's account."""
        return Response(MeSerializer(request.user).data)


class ProjectListView(ListAPIView):
    """The asker's projects."""

    serializer_class = ProjectSerializer

    def get_queryset(self) -> QuerySet[Project]:
        """Return the projects the asker may see."""
        return selectors.projects_of(self.request.user)


class ProjectView(APIView):
    """One project."""

    @extend_schema(responses=ProjectDetailSerializer)
    def get(self, request: Request, project_id: UUID) -> Response:
        """Return a project and what the asker may do there."""
        project = selectors.projects_of(request.user).filter(public_id=project_id).first()
        if project is None:
            raise NotFound("There is nothing here, or it belongs to a project that you are not a member of.")
        context = {"actions": actions(request.user, project)}
        return Response(ProjectDetailSerializer(project, context=context).data)
