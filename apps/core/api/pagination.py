from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from apps.core.errors import InvalidInput

DEFAULT_LIMIT = 100
LARGEST_LIMIT = 500

_LIMIT_WORDS = f"How many to send, 1 to {LARGEST_LIMIT}."
_AFTER_WORDS = "Go on after the entry with this id; `next` names it."


class Pages(BasePagination):
    """Parts of a list in the order of its rows: ``limit`` entries ``after`` the one with a given id.

    The place in the list is an entry, not a number of entries, so a part costs the same wherever it begins, and what
    is added or taken away meanwhile neither repeats nor hides another entry. Nothing is counted.

    The view may say ``newest_first = True``, and ``place_of(after)`` where a public id is not how its rows are known.
    """

    def paginate_queryset(
        self, queryset: QuerySet[Any], request: Request, view: Any = None
    ) -> list[Any] | None:
        """Return the rows of the part that was asked for.

        Raises:
            InvalidInput: when ``limit`` or ``after`` makes no sense.
        """
        limit = _limit(request.query_params.get("limit"))
        newest_first = getattr(view, "newest_first", False)
        rows = queryset.order_by("-pk" if newest_first else "pk")
        after = request.query_params.get("after")
        if after is not None:
            place = _place(view, after)
            rows = rows.filter(pk__lt=place) if newest_first else rows.filter(pk__gt=place)
        found = list(rows[: limit + 1])
        self._more = len(found) > limit
        self._address = request.build_absolute_uri()
        return found[:limit]

    def get_paginated_response(self, data: Sequence[dict[str, Any]]) -> Response:
        """Return the part and the address of the next one, None at the end."""
        following = replace_query_param(self._address, "after", data[-1]["id"]) if self._more else None
        return Response({"next": following, "results": data})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Return the shape of a part, for the OpenAPI document."""
        address = {
            "type": ["string", "null"],
            "format": "uri",
            "description": "Where the next part is; null at the end.",
            "example": None,
        }
        return {
            "type": "object",
            "required": ["next", "results"],
            "properties": {"next": address, "results": schema},
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """Return the parameters, for the OpenAPI document."""
        limit = {"type": "integer", "minimum": 1, "maximum": LARGEST_LIMIT, "default": DEFAULT_LIMIT}
        after = getattr(view, "after_schema", {"type": "string", "format": "uuid"})
        return [
            {"name": "limit", "in": "query", "schema": limit, "description": _LIMIT_WORDS},
            {"name": "after", "in": "query", "schema": after, "description": _AFTER_WORDS},
        ]


def _limit(text: str | None) -> int:
    if text is None:
        return DEFAULT_LIMIT
    if not (text.isascii() and text.isdigit() and len(text) <= 6 and 1 <= int(text) <= LARGEST_LIMIT):
        raise InvalidInput(f"limit must be a whole number from 1 to {LARGEST_LIMIT}.", code="limit")
    return int(text)


def _place(view: Any, after: str) -> int:
    """Return the row of the entry to go on after; one that the filters would leave out is a place too."""
    if hasattr(view, "place_of"):
        place = view.place_of(after)
    else:
        try:
            public_id = UUID(after)
        except ValueError:
            place = None
        else:
            rows = view.get_queryset().order_by().filter(public_id=public_id)
            place = rows.values_list("pk", flat=True).first()
    if place is None:
        raise InvalidInput(
            "after must be the id of an entry of this list. Begin again without it.", code="after"
        )
    return int(place)
