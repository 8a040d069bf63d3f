"""The slide page's interface: read a slide's cells, act on one, mark what was seen, ask for an analysis."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, ClassVar
from uuid import UUID

from django.utils.decorators import method_decorator
from django.views.decorators.gzip import gzip_page
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.models import Scope
from apps.accounts.permissions import person
from apps.cells import services
from apps.cells.selectors import biography
from apps.core.api.requests import plain
from apps.core.api.serializers import Error
from apps.inference.services import analyse_again
from apps.review import document
from apps.review.api import answers, examples, labels, serializers
from apps.review.lookup import get_cell, record_look
from apps.slides.selectors import get_slide

# What an act on a cell can meet besides what every request can.
_REFUSED = {409: serializers.ConflictOutput, 410: Error, 503: Error}


# Five thousand cells are some megabytes of JSON, a tenth of that compressed. BREACH guesses a secret from the length
# of compressed answers that hold it beside text of the attacker's: this one holds no secret (the CSRF token and the
# session travel elsewhere) and repeats nothing of the request.
@method_decorator(gzip_page, name="dispatch")
class SlideCellsView(APIView):
    """A slide with its cells."""

    @extend_schema(
        responses={200: serializers.DocumentOutput, 503: Error},
        operation_id="slides_cells_retrieve",
        examples=[examples.SLIDE],
    )
    def get(self, request: Request, slide_id: UUID) -> Response:
        """Return everything the slide page shows."""
        user = person(request)
        slide = get_slide(user=user, public_id=slide_id)
        record_look(plain(request), slide)
        return Response(
            document.slide_document(slide=slide, user=user), headers={"Cache-Control": "no-store"}
        )


class LabelView(APIView):
    """The label of a cell."""

    scopes: ClassVar = {"POST": Scope.LABEL}

    @extend_schema(
        request=serializers.LabelInput,
        responses={200: serializers.LabelOutput, **_REFUSED},
        examples=[examples.LABEL, examples.WITHDRAWAL, examples.LABELLED, examples.CONFLICT],
    )
    def post(self, request: Request, cell_id: UUID) -> Response:
        """Label a cell, or withdraw one's own label. A stale version answers 409 with both values."""
        given = _validated(serializers.LabelInput(data=request.data))
        event = services.label(
            actor=person(request),
            cell=cell_id,
            to_class=given["to"],
            expected_version=given["version"],
            seen_suggestion=given["seen_suggestion"],
            suggestion=given.get("suggestion"),
            idempotency_key=given.get("idempotency_key"),
            act=given.get("act"),
            request=plain(request),
        )
        return Response(answers.of_label(event, person(request)))


class LabelListView(APIView):
    """Labels of many cells."""

    scopes: ClassVar = {"POST": Scope.LABEL}

    @extend_schema(
        request=serializers.LabelListInput,
        responses={200: serializers.LabelListOutput, 404: Error, 503: Error},
        examples=[examples.LABEL_LIST, examples.LABEL_RESULTS],
    )
    def post(self, request: Request) -> Response:
        """Label up to 500 cells at once, or withdraw one's own labels.

        Each entry is answered by itself with the status that it would have got alone; what is refused leaves the
        others as they are. A list sent again with the same idempotency keys changes nothing and answers the same.
        Who may label none of the cells gets 403 or 404 for the whole list.
        """
        acts = labels.acts_in(request.data)
        outcomes = services.label_list(actor=person(request), acts=acts, request=plain(request))
        labels.refuse_strangers(outcomes)
        return Response(labels.answer(outcomes, person(request)))


class UndoView(APIView):
    """The asker's last act on a cell."""

    scopes: ClassVar = {"POST": Scope.LABEL}

    @extend_schema(
        request=serializers.UndoInput,
        responses={200: serializers.LabelOutput, **_REFUSED},
        examples=[examples.UNDO, examples.LABELLED, examples.CONFLICT],
    )
    def post(self, request: Request, cell_id: UUID) -> Response:
        """Undo one's last act on a cell that still carries the version one left; else 409 with both values."""
        given = _validated(serializers.UndoInput(data=request.data))
        event = services.undo(
            actor=person(request),
            cell=cell_id,
            expected_version=given["version"],
            idempotency_key=given.get("idempotency_key"),
            request=plain(request),
        )
        return Response(answers.of_cell(event.cell, person(request)))


class EventsView(APIView):
    """The biography of a cell."""

    @extend_schema(responses=serializers.BiographyOutput, examples=[examples.BIOGRAPHY])
    def get(self, request: Request, cell_id: UUID) -> Response:
        """Return everything that happened to a cell, oldest first."""
        cell = get_cell(user=person(request), public_id=cell_id)
        record_look(plain(request), cell.field.slide if cell.field else None)
        return Response({"events": [asdict(chapter) for chapter in biography(cell, person(request))]})


class SeenView(APIView):
    """Which cells of a slide the asker has had on screen."""

    scopes: ClassVar = {"POST": Scope.LABEL}

    @extend_schema(
        request=serializers.SeenInput,
        responses=serializers.SeenOutput,
        examples=[examples.SEEN, examples.SEEN_COUNT],
    )
    def post(self, request: Request, slide_id: UUID) -> Response:
        """Record that cells have been on screen."""
        slide = get_slide(user=person(request), public_id=slide_id)
        given = _validated(serializers.SeenInput(data=request.data))
        return Response(
            {"seen": services.mark_seen(actor=person(request), slide=slide, cell_ids=given["cells"])}
        )


class AnalyseView(APIView):
    """The analysis of a slide."""

    scopes: ClassVar = {"POST": Scope.UPLOAD}

    @extend_schema(
        request=None,
        responses={202: serializers.JobOutput, 409: Error, 503: Error},
        examples=[examples.ANALYSE],
    )
    def post(self, request: Request, slide_id: UUID) -> Response:
        """Ask for an analysis of what the models in use have not analysed; 409 when there is nothing left."""
        slide = get_slide(user=person(request), public_id=slide_id)
        job = analyse_again(actor=person(request), slide=slide)
        return Response({"job": str(job.public_id)}, status=status.HTTP_202_ACCEPTED)


def _validated(serializer: Any) -> dict[str, Any]:
    """Return what was sent; raises the framework's error with the names of the fields that make no sense."""
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)
