"""Boxes by hand: add, move and resize, remove."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.models import Scope
from apps.accounts.permissions import person
from apps.cells import services
from apps.core.api.requests import plain
from apps.core.api.serializers import Error
from apps.review.api import act_examples as examples
from apps.review.api import act_serializers, answers, serializers
from apps.slides.selectors import get_slide


class BoxesView(APIView):
    """The boxes of a slide."""

    scopes: ClassVar = {"POST": Scope.LABEL}

    @extend_schema(
        request=act_serializers.AddBoxInput,
        responses={201: serializers.LabelOutput, 409: Error, 503: Error},
        examples=[examples.ADD_BOX, examples.ADDED],
    )
    def post(self, request: Request, slide_id: UUID) -> Response:
        """Add a cell by hand. Where a cell stands already it answers 409 with the code "cell-there" and names it."""
        slide = get_slide(user=person(request), public_id=slide_id)
        given = act_serializers.AddBoxInput(data=request.data).checked()
        event = services.add_box(
            actor=person(request),
            slide=slide,
            field=given["field"],
            box=given["box"],
            to_class=given["to"],
            apart=given["apart"],
            idempotency_key=given["idempotency_key"],
            request=plain(request),
        )
        return Response(answers.of_cell(event.cell, person(request)), status=status.HTTP_201_CREATED)


class BoxView(APIView):
    """The box of a cell."""

    scopes: ClassVar = {"POST": Scope.LABEL}

    @extend_schema(
        request=act_serializers.BoxInput,
        responses={200: serializers.LabelOutput, 409: serializers.ConflictOutput, 410: Error, 503: Error},
        examples=[examples.BOX, examples.BOXED],
    )
    def post(self, request: Request, cell_id: UUID) -> Response:
        """Move or resize a cell's box; it keeps its label, and the model is asked anew. A stale version answers 409."""
        given = act_serializers.BoxInput(data=request.data).checked()
        cell = services.change_box(
            actor=person(request),
            cell=cell_id,
            box=given["box"],
            expected_version=given["version"],
            idempotency_key=given["idempotency_key"],
            request=plain(request),
        )
        return Response(answers.of_cell(cell, person(request)))


class RemoveView(APIView):
    """The removal of a cell."""

    scopes: ClassVar = {"POST": Scope.LABEL}

    @extend_schema(
        request=act_serializers.RemoveInput,
        responses={
            200: act_serializers.RemovedOutput,
            409: serializers.ConflictOutput,
            410: Error,
            503: Error,
        },
        examples=[examples.REMOVE, examples.REMOVED],
    )
    def post(self, request: Request, cell_id: UUID) -> Response:
        """Remove a cell from its field; undo brings it back. A stale version answers 409."""
        given = act_serializers.RemoveInput(data=request.data).checked()
        cell = services.remove(
            actor=person(request),
            cell=cell_id,
            expected_version=given["version"],
            idempotency_key=given["idempotency_key"],
            request=plain(request),
        )
        return Response(answers.of_removal(cell, person(request)))
