from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from django.db.models import Model, QuerySet
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response


class ListView(GenericAPIView):
    """A list in parts: the view says which rows the asker may see; filters and `Pages` do the rest."""

    model: ClassVar[type[Model]]

    def rows(self) -> QuerySet[Any]:
        """Return what the asker may see, before any filter."""
        raise NotImplementedError

    def get_queryset(self) -> QuerySet[Any]:
        """Return `rows`; none while the OpenAPI document is made, when nobody asks."""
        if getattr(self, "swagger_fake_view", False):
            return self.model._default_manager.none()  # noqa: SLF001 - Django's documented name
        return self.rows()

    def shown(self, rows: Sequence[Any]) -> None:
        """Take note of the rows of a part before they are sent; nothing here."""

    def part(self, request: Request) -> Response:  # noqa: ARG002 - what the framework's own call looks like
        """Answer with the part of the list that was asked for."""
        found = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        self.shown(found)
        return self.get_paginated_response(self.get_serializer(found, many=True).data)
