"""Cells and the acts on them, to read; labelling is the review's, which is above."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts import audit
from apps.accounts.api.lists import ProjectRowsView
from apps.accounts.permissions import Action, person, require
from apps.cells import export, selectors
from apps.cells.api import examples, serializers
from apps.cells.api.filters import CellFilters, LabelEventFilters
from apps.cells.models import Cell, LabelEvent
from apps.cells.selectors.blind import cover, refuse_undecided
from apps.core import storage
from apps.core.api.negotiation import AnythingAccepted
from apps.core.api.requests import plain
from apps.core.errors import NotFound
from apps.slides.selectors import get_slide


def _look(request: Request, cell: Cell) -> None:
    """Put on record that a site administrator without a role looks at a cell."""
    target = f"slide:{cell.field.slide.public_id}" if cell.field is not None else ""
    audit.record_visit(actor=person(request), project=cell.project, target=target, request=plain(request))


class CellListView(ProjectRowsView):
    """Cells."""

    model = Cell
    serializer_class = serializers.CellSerializer
    filterset_class = CellFilters

    def rows(self) -> QuerySet[Cell]:
        """Return the cells that the asker may see, those that were replaced among them: they are places in the list."""
        return Cell.objects.visible_to(self.request.user)

    def filter_queryset(self, queryset: QuerySet[Cell]) -> QuerySet[Cell]:
        """Return the standing cells that were asked for, with what a row shows."""
        found: QuerySet[Cell] = super().filter_queryset(queryset)
        standing: QuerySet[Cell] = found.standing()  # type: ignore[attr-defined] # a CellQuerySet
        # The project by a statement of its own: joined, SQLite may begin with it and sort all its cells.
        return standing.select_related("field__slide", "classifier_version").prefetch_related("project")

    def shown(self, rows: Sequence[Cell]) -> None:
        """Read the probabilities of all cells in one query; empty what the asker may not know yet."""
        super().shown(rows)
        cover(rows, self.request.user)
        cells = Cell.objects.filter(pk__in=[cell.pk for cell in rows])
        self.probabilities = selectors.probabilities_of(cells)

    def get_serializer_context(self) -> dict[str, Any]:
        """Return the framework's context and the probabilities."""
        found = getattr(self, "probabilities", {})
        return {**super().get_serializer_context(), "probabilities": found}

    @extend_schema(examples=[examples.CELL])
    def get(self, request: Request) -> Response:
        """List the cells of a project, a slide or a field (one of these must be given) in the order of finding."""
        return self.part(request)


class CellView(APIView):
    """One cell."""

    @extend_schema(responses=serializers.CellSerializer, examples=[examples.CELL])
    def get(self, request: Request, cell_id: UUID) -> Response:
        """Return a cell, also one that a later analysis replaced."""
        cell = selectors.get_cell(user=request.user, public_id=cell_id)
        _look(request, cell)
        cover([cell], request.user)
        probabilities = selectors.probabilities_of(Cell.objects.filter(pk=cell.pk))
        return Response(serializers.CellSerializer(cell, context={"probabilities": probabilities}).data)


class CropView(APIView):
    """The picture of a cell."""

    content_negotiation_class = AnythingAccepted

    @extend_schema(responses={(200, "image/png"): OpenApiTypes.BINARY})
    def get(self, request: Request, cell_id: UUID) -> HttpResponseBase:
        """Return the picture of a cell; 404 when it has none."""
        cell = selectors.get_cell(user=request.user, public_id=cell_id)
        _look(request, cell)
        if not cell.crop_key:
            raise NotFound("This cell has no picture.")
        return storage.serve(plain(request), cell.crop_key, "image/png")


class CellTableView(APIView):
    """The cells of a slide as a table."""

    content_negotiation_class = AnythingAccepted

    @extend_schema(responses={(200, "text/csv"): OpenApiTypes.STR})
    def get(self, request: Request, slide_id: UUID) -> HttpResponse:
        """Return the cells of a slide as CSV, a row for each; for who may take data out. File names are not in it."""
        slide = get_slide(user=request.user, public_id=slide_id)
        require(request.user, Action.EXPORT, slide.project)
        refuse_undecided(request.user, slide=slide.pk)
        table, rows = export.cells_as_csv(slide)
        audit.record(
            actor=person(request),
            verb="exported",
            project=slide.project,
            target=f"slide:{slide.public_id}",
            detail={"what": "cells", "rows": rows},
            request=plain(request),
        )
        named = {"Content-Disposition": f'attachment; filename="cells-{slide.public_id}.csv"'}
        return HttpResponse(table, content_type="text/csv; charset=utf-8", headers=named)


class LabelEventListView(ProjectRowsView):
    """Acts on cells."""

    model = LabelEvent
    serializer_class = serializers.LabelEventSerializer
    filterset_class = LabelEventFilters
    after_schema = {"type": "string", "pattern": "^[0-9a-f-]{36}:[0-9]{1,9}$"}

    def rows(self) -> QuerySet[LabelEvent]:
        """Return the acts on cells that the asker may see."""
        events = selectors.label_events_of(self.request.user)
        return events.select_related("cell", "actor", "model_version", "reverts").prefetch_related(
            "cell__project"
        )

    def shown(self, rows: Sequence[LabelEvent]) -> None:
        """Record visits to the projects of the cells."""
        super().shown([event.cell for event in rows])

    def place_of(self, after: str) -> int | None:
        """Return the row of the event with this cell and version."""
        cell, _, version = after.partition(":")
        try:
            wanted = (UUID(cell), int(version) if len(version) <= 9 else 0)
        except ValueError:
            return None
        rows = self.rows().order_by().filter(cell__public_id=wanted[0], version_after=wanted[1])
        return rows.values_list("pk", flat=True).first()

    @extend_schema(examples=[examples.LABEL_EVENT])
    def get(self, request: Request) -> Response:
        """List what people did to the cells of a project, a slide or a cell (one of these must be given), oldest first.

        The list only grows: whoever keeps the last id gets what is new with `after`.
        """
        return self.part(request)


class LabelEventView(APIView):
    """One act on a cell."""

    @extend_schema(responses=serializers.LabelEventSerializer, examples=[examples.LABEL_EVENT])
    def get(self, request: Request, cell_id: UUID, version: int) -> Response:
        """Return the act that left a cell with a version."""
        event = selectors.get_label_event(user=request.user, cell_id=cell_id, version=version)
        _look(request, event.cell)
        return Response(serializers.LabelEventSerializer(event).data)
