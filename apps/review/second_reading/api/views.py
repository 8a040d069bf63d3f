"""Second readings to read for programs, and what the pages of reading and adjudication send.

No token may read for a person or decide: the views that write name no scope.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.api.lists import ProjectRowsView
from apps.accounts.permissions import Action, person, require
from apps.core.api.requests import plain
from apps.core.api.serializers import Error
from apps.registry.selectors import classes_for
from apps.review.lookup import record_look
from apps.review.models import SecondReading
from apps.review.second_reading import documents, results, selectors, services
from apps.review.second_reading.api import examples, serializers
from apps.review.second_reading.api.filters import ReadingFilters

_NO_STORE = {"Cache-Control": "no-store"}
_REFUSED = {409: serializers.ReadingConflictOutput, 410: Error, 503: Error}


class ReadingListView(ProjectRowsView):
    """Second readings."""

    model = SecondReading
    serializer_class = serializers.ReadingSerializer
    filterset_class = ReadingFilters

    def rows(self) -> QuerySet[SecondReading]:
        """Return the readings that the asker may know of."""
        readings = SecondReading.objects.visible_to(self.request.user)
        return readings.select_related("slide", "reader").prefetch_related("project")

    def shown(self, rows: Sequence[SecondReading]) -> None:
        """Count the cells of all readings of the part in one query."""
        super().shown(rows)
        self.progress = selectors.progress_of(rows)

    def get_serializer_context(self) -> dict[str, Any]:
        """Return the framework's context and the progress."""
        return {**super().get_serializer_context(), "progress": getattr(self, "progress", {})}

    @extend_schema(examples=[examples.READING])
    def get(self, request: Request) -> Response:
        """List second readings of your projects, also withdrawn ones."""
        return self.part(request)


class ReadingView(APIView):
    """One second reading."""

    @extend_schema(responses=serializers.ReadingDetailSerializer, examples=[examples.READING_DETAIL])
    def get(self, request: Request, reading_id: UUID) -> Response:
        """Return a second reading, with how far the two readers agree once it is done."""
        user = person(request)
        reading = selectors.get_reading(user=user, public_id=reading_id)
        record_look(plain(request), reading.slide)
        found = results.figures(reading, classes_for(reading.project))
        shown = results.as_json(found, whole=selectors.table_is_open(reading, user)) if found else None
        context = {"progress": selectors.progress_of([reading]), "agreement": shown}
        return Response(serializers.ReadingDetailSerializer(reading, context=context).data)


class ReadingCellsView(APIView):
    """What a second reader works on."""

    @extend_schema(
        responses={200: serializers.ReadingCellsOutput, 410: Error, 503: Error}, examples=[examples.CELLS]
    )
    def get(self, request: Request, reading_id: UUID) -> Response:
        """Return the cells of your own reading in its order, with your labels and nobody else's."""
        reading = selectors.get_own_reading(user=person(request), public_id=reading_id)
        return Response(documents.reading_document(reading), headers=_NO_STORE)


class ReadingLabelView(APIView):
    """A second reader's label of a cell."""

    @extend_schema(
        request=serializers.ReadingActInput,
        responses={200: serializers.ReadingActOutput, **_REFUSED},
        examples=[examples.ACT, examples.ACTED, examples.CONFLICT],
    )
    def post(self, request: Request, reading_id: UUID, item_id: UUID) -> Response:
        """Give a cell of your reading a class, or take it back with null; on the page only, not with a token."""
        user = person(request)
        reading = selectors.get_own_reading(user=user, public_id=reading_id)
        given = serializers.ReadingActInput(data=request.data).checked()
        item = services.label(
            actor=user,
            reading=reading,
            item_id=item_id,
            to_class=given["to"],
            expected_version=given["version"],
            idempotency_key=given.get("idempotency_key"),
        )
        return Response({"cell": documents.item_json(reading, item)})


class ReadingUndoView(APIView):
    """A second reader's last act."""

    @extend_schema(
        request=serializers.ReadingUndoInput,
        responses={200: serializers.ReadingActOutput, **_REFUSED},
        examples=[examples.UNDO, examples.ACTED],
    )
    def post(self, request: Request, reading_id: UUID) -> Response:
        """Undo your last act of this reading, and the one before it when asked again; on the page only."""
        user = person(request)
        reading = selectors.get_own_reading(user=user, public_id=reading_id)
        given = serializers.ReadingUndoInput(data=request.data).checked()
        item = services.undo(actor=user, reading=reading, idempotency_key=given.get("idempotency_key"))
        return Response({"cell": documents.item_json(reading, item)})


class DisagreementsView(APIView):
    """What is to be decided."""

    @extend_schema(
        responses={200: serializers.DisagreementsOutput, 503: Error}, examples=[examples.DISAGREEMENTS]
    )
    def get(self, request: Request, reading_id: UUID) -> Response:
        """Return the cells that two people class differently and that you may decide, without who said what."""
        user = person(request)
        reading = selectors.get_reading(user=user, public_id=reading_id)
        require(user, Action.LABEL, reading.project)
        return Response(documents.adjudication_document(reading, user), headers=_NO_STORE)


class DecideView(APIView):
    """A decision about a cell."""

    @extend_schema(
        request=serializers.ReadingActInput,
        responses={200: serializers.DecisionOutput, **_REFUSED},
        examples=[examples.ACT, examples.DECIDED, examples.CONFLICT],
    )
    def post(self, request: Request, reading_id: UUID, item_id: UUID) -> Response:
        """Decide a cell, or withdraw your decision with null; on the page only. The decision becomes your label."""
        user = person(request)
        reading = selectors.get_reading(user=user, public_id=reading_id)
        given = serializers.ReadingActInput(data=request.data).checked()
        item = services.decide(
            actor=user,
            reading=reading,
            item_id=item_id,
            to_class=given["to"],
            expected_version=given["version"],
            idempotency_key=given.get("idempotency_key"),
            request=plain(request),
        )
        shown = documents.disagreement_json(reading, item, classes_for(reading.project))
        return Response({"cell": shown})


class DecisionUndoView(APIView):
    """One's last decision."""

    @extend_schema(
        request=serializers.ReadingUndoInput,
        responses={200: serializers.DecisionOutput, **_REFUSED},
        examples=[examples.UNDO, examples.DECIDED],
    )
    def post(self, request: Request, reading_id: UUID) -> Response:
        """Withdraw your last decision of this reading, and the one before it when asked again; on the page only."""
        user = person(request)
        reading = selectors.get_reading(user=user, public_id=reading_id)
        require(user, Action.LABEL, reading.project)
        given = serializers.ReadingUndoInput(data=request.data).checked()
        item = services.undo_decision(
            actor=user,
            reading=reading,
            idempotency_key=given.get("idempotency_key"),
            request=plain(request),
        )
        shown = documents.disagreement_json(reading, item, classes_for(reading.project))
        return Response({"cell": shown})
