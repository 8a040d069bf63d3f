"""Class lists and versions of models; read only."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.core.api.lists import ListView
from apps.core.api.serializers import Error
from apps.core.errors import NotFound
from apps.registry.api import examples, serializers
from apps.registry.api.filters import ClassListFilters, ModelFilters
from apps.registry.models import ClassList, ModelVersion


class ClassListListView(ListView):
    """Class lists."""

    model = ClassList
    serializer_class = serializers.ClassListSerializer
    filterset_class = ClassListFilters
    after_schema = {"type": "string"}

    def rows(self) -> QuerySet[ClassList]:
        """Return all lists: they belong to the site."""
        return ClassList.objects.prefetch_related("classes")

    def place_of(self, after: str) -> int | None:
        """Return the row of the list with this name and version."""
        name, _, version = after.partition(":")
        if not (version.isascii() and version.isdigit()) or len(version) > 9 or "\x00" in name:
            return None
        rows = ClassList.objects.order_by().filter(name=name, version=int(version))
        return rows.values_list("pk", flat=True).first()

    @extend_schema(
        responses={200: serializers.ClassListSerializer, 503: Error}, examples=[examples.CLASS_LIST]
    )
    def get(self, request: Request) -> Response:
        """List the class lists with their classes; 503 when a project's list was never registered."""
        return self.part(request)


class ClassListView(APIView):
    """One version of a class list."""

    @extend_schema(responses=serializers.ClassListSerializer, examples=[examples.CLASS_LIST])
    def get(self, request: Request, name: str, version: int) -> Response:  # noqa: ARG002 - the framework's signature
        """Return a class list by its name and version."""
        found = ClassList.objects.filter(name=name, version=version).prefetch_related("classes").first()
        if found is None:
            raise NotFound("There is no such class list.")
        return Response(serializers.ClassListSerializer(found).data)


class ModelListView(ListView):
    """Versions of models."""

    model = ModelVersion
    serializer_class = serializers.ModelSerializer
    filterset_class = ModelFilters

    def rows(self) -> QuerySet[ModelVersion]:
        """Return the site's own versions and those of the asker's projects."""
        versions = ModelVersion.objects.visible_to(self.request.user)
        return versions.select_related("class_list", "project", "parent").defer("card")

    @extend_schema(examples=[examples.MODEL])
    def get(self, request: Request) -> Response:
        """List the versions of the site's models and of your projects' own."""
        return self.part(request)


class ModelView(APIView):
    """One version of a model."""

    @extend_schema(responses=serializers.ModelDetailSerializer, examples=[examples.MODEL_DETAIL])
    def get(self, request: Request, model_id: UUID) -> Response:
        """Return a version with its whole card."""
        versions = ModelVersion.objects.visible_to(request.user)
        version = (
            versions.select_related("class_list", "project", "parent").filter(public_id=model_id).first()
        )
        if version is None:
            raise NotFound("There is no such model.")
        return Response(serializers.ModelDetailSerializer(version).data)
