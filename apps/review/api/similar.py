"""Cells that look like a cell."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.models import User
from apps.accounts.permissions import person
from apps.cells.models import Cell
from apps.cells.selectors import is_withheld
from apps.cells.selectors.embeddings import nearest
from apps.core.api.requests import plain
from apps.core.api.serializers import Error
from apps.core.errors import InvalidInput
from apps.registry.selectors import classes_for
from apps.review import document
from apps.review.api import act_examples as examples
from apps.review.api import act_serializers
from apps.review.lookup import get_cell, record_look

MOST = 50
_USUAL = 12
_N = OpenApiParameter("n", int, description=f"How many, from 1 to {MOST}; {_USUAL} without it.")


class SimilarView(APIView):
    """The cells that look most like a cell."""

    @extend_schema(
        parameters=[_N],
        responses={200: act_serializers.SimilarOutput, 400: Error, 503: Error},
        examples=[examples.SIMILAR],
    )
    def get(self, request: Request, cell_id: UUID) -> Response:
        """Return the nearest reference cells of the project, or else cells to which two people gave the same class."""
        user = person(request)
        cell = get_cell(user=user, public_id=cell_id)
        record_look(plain(request), cell.field.slide if cell.field else None)
        n = _wanted(request.query_params.get("n"))
        # In a blind reading, what the neighbours are called would tell.
        near, reference = ([], False) if is_withheld(cell, user) else nearest(cell, n=n, user=user)
        return Response(
            {"cells": _shown([(x.pk, x.similarity) for x in near], cell, user), "reference": reference}
        )


def _wanted(n: str | None) -> int:
    if n is None:
        return _USUAL
    if not (n.isascii() and n.isdecimal() and len(n) <= 3 and 1 <= int(n) <= MOST):
        raise InvalidInput(f"n is a whole number from 1 to {MOST}.", code="n")
    return int(n)


def _shown(near: list[tuple[int, float]], cell: Cell, user: User) -> list[dict[str, Any]]:
    cells = Cell.objects.filter(pk__in=[pk for pk, _ in near])
    slides = dict(cells.values_list("public_id", "field__slide__public_id"))
    found = document.cells_json(cells, classes_for(cell.project), user=user, project=cell.project)
    by_id = {one["id"]: one for one in found}
    references = dict(cells.values_list("public_id", "reference_class"))
    names = dict(cells.values_list("pk", "public_id"))
    return [
        {
            **by_id[str(names[pk])],
            "similarity": round(similarity, 4),
            "reference": bool(references[names[pk]]),
            "slide": slides[names[pk]],
        }
        for pk, similarity in near
        if pk in names
    ]
