"""What the page of a reader asks for and sends.

No token may read for a person: the services refuse it. The answer has the same form whatever was answered.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import transaction
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.permissions import person
from apps.core.api.serializers import Error
from apps.core.errors import Conflict, Gone
from apps.studies import selectors
from apps.studies.models import Enrolment
from apps.studies.reading import documents
from apps.studies.reading.api import examples, serializers
from apps.studies.services import reading as services

_NO_STORE = {"Cache-Control": "no-store"}
_ANSWERS = {200: serializers.ReadingDocumentOutput, 409: Error, 410: Error, 503: Error}


class ReadingDocumentView(APIView):
    """Where a reader is."""

    @extend_schema(responses=_ANSWERS, examples=[examples.DOCUMENT])
    def get(self, request: Request, enrolment_id: UUID) -> Response:
        """Return what you are to read now in a study."""
        enrolment = selectors.own_enrolment(user=person(request), public_id=enrolment_id)
        return _answer(documents.reading_document(enrolment))


class EarlierView(APIView):
    """An image that was read before."""

    @extend_schema(responses=_ANSWERS, examples=[examples.DOCUMENT])
    def get(self, request: Request, enrolment_id: UUID, slot: int) -> Response:
        """Return an image that you have read, where the study lets you go back; each answer to it is kept."""
        enrolment = selectors.own_enrolment(user=person(request), public_id=enrolment_id)
        return _answer(documents.earlier_document(enrolment, slot))


class ViewingView(APIView):
    """An image comes on screen."""

    @extend_schema(
        request=serializers.ViewingInput, responses=_ANSWERS, examples=[examples.VIEWING, examples.DOCUMENT]
    )
    def post(self, request: Request, enrolment_id: UUID) -> Response:
        """Say that you are about to look at an image, when you begin or go on after a pause; on the page only.

        Another image than the next is not counted, unless the study lets you go back; the answer says which is next.
        """
        user = person(request)
        enrolment = selectors.own_enrolment(user=user, public_id=enrolment_id)
        given = serializers.ViewingInput(data=request.data).checked()
        found = services.serve(enrolment=enrolment)
        is_next = found is not None and bool(found.image) and found.slot_position == given["slot"]
        if is_next or enrolment.study.plan.going_back:
            services.record_view(
                enrolment=enrolment, position=given["slot"], actor=user, screen=dict(given.get("screen", {}))
            )
        return _answer(documents.document_of(enrolment, found))


class ReadingView(APIView):
    """An answer."""

    @extend_schema(
        request=serializers.ReadingInput, responses=_ANSWERS, examples=[examples.ANSWER, examples.DOCUMENT]
    )
    def post(self, request: Request, enrolment_id: UUID) -> Response:
        """Say what you see on the image that is next, and get the one that follows; on the page only.

        The same key again is the same answer. An image that has an answer already, or is not the next, is refused.
        """
        user = person(request)
        enrolment = selectors.own_enrolment(user=user, public_id=enrolment_id)
        given = serializers.ReadingInput(data=request.data).checked()
        with transaction.atomic():
            services.submit(
                enrolment=enrolment,
                position=given["slot"],
                actor=user,
                answer=given["answer"] or "",
                realism=given["realism"],
                reason=given["reason"],
                times={**given["times"], "screen": dict(given.get("screen", {}))},
                idempotency_key=given["idempotency_key"],
            )
            found = _following(enrolment)
            if found is not None and _is_shown_at_once(found, after=given["slot"]):
                services.record_view(
                    enrolment=enrolment,
                    position=found.slot_position,
                    actor=user,
                    screen=dict(given.get("screen", {})),
                )
        return _answer(documents.document_of(enrolment, found))


def _following(enrolment: Enrolment) -> services.Next | None:
    """Return what comes next; nothing when the study was closed since: the answer is kept all the same."""
    try:
        return services.serve(enrolment=enrolment)
    except (Conflict, Gone):
        return None


def _is_shown_at_once(found: services.Next, *, after: int) -> bool:
    """Return whether the page goes straight on to an image: no break, no other part, no pause between sittings."""
    begins = found.position == 1
    return bool(found.image) and found.slot_position == after + 1 and not found.break_due and not begins


def _answer(document: dict[str, Any]) -> Response:
    return Response(document, headers=_NO_STORE)
