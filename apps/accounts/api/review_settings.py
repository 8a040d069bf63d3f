"""How a project reviews."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts import selectors, services
from apps.accounts.api.serializers import VERSION_WORDS
from apps.accounts.models import Adjudicator, Project, Scope
from apps.accounts.permissions import person
from apps.accounts.review_settings import values_of
from apps.core.api.requests import plain
from apps.core.api.serializers import Input, Stale
from apps.core.editing import version_of

_BLIND = "Whether a reviewer learns what a model and others say of a cell only after labelling it."
_SHARE = "Per cent of the slides that a second person is to read; drawn by chance, each slide once."
_VALUES = {"blind_first": False, "second_reading_share": 10, "adjudicator": "third"}
_VERSION = "5d41402abc4b2a76b9719d911017c592"
_SHOWN = OpenApiExample(
    "One slide in ten is read twice",
    response_only=True,
    status_codes=["200"],
    value={**_VALUES, "version": _VERSION},
)
_CHANGE = OpenApiExample(
    "Every slide is to be read twice",
    request_only=True,
    value={"second_reading_share": 100, "version": _VERSION},
)


class ReviewSettingsOutput(serializers.Serializer[Any]):
    """How a project reviews."""

    blind_first = serializers.BooleanField(help_text=_BLIND)
    second_reading_share = serializers.IntegerField(min_value=0, max_value=100, help_text=_SHARE)
    adjudicator = serializers.ChoiceField(
        choices=Adjudicator.choices, help_text="Who decides where two readers differ."
    )
    version = serializers.CharField()


class ReviewSettingsInput(Input):
    """What is to change; what is left out stays."""

    blind_first = serializers.BooleanField(required=False, help_text=_BLIND)
    second_reading_share = serializers.IntegerField(
        min_value=0, max_value=100, required=False, help_text=_SHARE
    )
    adjudicator = serializers.ChoiceField(
        choices=Adjudicator.choices, required=False, help_text="Who decides where two readers differ."
    )
    version = serializers.CharField(max_length=64, help_text=VERSION_WORDS)


class ReviewSettingsView(APIView):
    """How a project reviews."""

    scopes: ClassVar = {"PATCH": Scope.MANAGE}

    @extend_schema(responses=ReviewSettingsOutput, examples=[_SHOWN])
    def get(self, request: Request, project_id: UUID) -> Response:
        """Return how a project reviews, and the version to change it from."""
        return _answer(selectors.get_project(user=request.user, public_id=project_id))

    @extend_schema(
        request=ReviewSettingsInput,
        responses={200: ReviewSettingsOutput, 409: Stale},
        examples=[_CHANGE, _SHOWN],
    )
    def patch(self, request: Request, project_id: UUID) -> Response:
        """Change how a project reviews; for managers. 409 when somebody changed it meanwhile."""
        project = selectors.get_project(user=request.user, public_id=project_id)
        given = ReviewSettingsInput(data=request.data).checked()
        changed = services.change_review_settings(
            actor=person(request), project=project, request=plain(request), **given
        )
        return _answer(changed)


def _answer(project: Project) -> Response:
    values = values_of(project)
    return Response({**values, "version": version_of(values)})
