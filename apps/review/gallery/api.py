"""The gallery's data for its page and for programs."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.utils.decorators import method_decorator
from django.views.decorators.gzip import gzip_page
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts import audit
from apps.accounts.models import Project
from apps.accounts.permissions import person
from apps.core.api.requests import plain
from apps.core.api.serializers import Error
from apps.review.gallery import orders, selectors, serializers
from apps.review.gallery.document import gallery_document
from apps.review.lookup import record_look
from apps.slides.models import Slide
from apps.slides.selectors import get_project, get_slide

_FRESH = {"Cache-Control": "no-store"}
_GALLERY: dict[int, Any] = {200: serializers.GalleryOutput, 503: Error}
_ORDER: dict[int, Any] = {200: serializers.OrderOutput, 409: Error}


class _OfSlide(APIView):
    def where(self, request: Request, slide_id: UUID) -> Slide:
        """Return the slide that was asked for and put on record that it was looked at."""
        slide = get_slide(user=person(request), public_id=slide_id)
        record_look(plain(request), slide)
        return slide


class _OfProject(APIView):
    def where(self, request: Request, project_id: UUID) -> Project:
        """Return the project that was asked for and put on record that it was looked at."""
        project = get_project(user=person(request), public_id=project_id)
        audit.record_visit(actor=person(request), project=project, request=plain(request))
        return project


# Ten thousand cells are a megabyte of JSON. BREACH needs a secret and text of the attacker's in one compressed answer:
# this one holds no secret and repeats nothing of the request.
@method_decorator(gzip_page, name="dispatch")
class SlideGalleryView(_OfSlide):
    """The gallery of a slide."""

    @extend_schema(responses=_GALLERY, examples=[serializers.GALLERY])
    def get(self, request: Request, slide_id: UUID) -> Response:
        """Return the cells of a slide as columns, with classes, fields and count."""
        where = self.where(request, slide_id)
        return Response(gallery_document(where=where, user=person(request)), headers=_FRESH)


@method_decorator(gzip_page, name="dispatch")
class ProjectGalleryView(_OfProject):
    """The gallery of a project."""

    @extend_schema(responses=_GALLERY, examples=[serializers.GALLERY])
    def get(self, request: Request, project_id: UUID) -> Response:
        """Return the cells of all slides of a project as columns; of very many those without a label first."""
        where = self.where(request, project_id)
        return Response(gallery_document(where=where, user=person(request)), headers=_FRESH)


_ASKED = [serializers.OrderQuery]


@method_decorator(gzip_page, name="dispatch")
class SlideOrderView(_OfSlide):
    """The cells of a slide in an order that rests on the model's features."""

    @extend_schema(parameters=_ASKED, responses=_ORDER, examples=[serializers.ORDER])
    def get(self, request: Request, slide_id: UUID) -> Response:
        """Return the ids of the cells in the order asked for; 409 while the cells carry no features."""
        return _order(request, self.where(request, slide_id))


@method_decorator(gzip_page, name="dispatch")
class ProjectOrderView(_OfProject):
    """The cells of a project in an order that rests on the model's features."""

    @extend_schema(parameters=_ASKED, responses=_ORDER, examples=[serializers.ORDER])
    def get(self, request: Request, project_id: UUID) -> Response:
        """Return the ids of the cells in the order asked for; 409 while the cells carry no features."""
        return _order(request, self.where(request, project_id))


def _order(request: Request, where: Slide | Project) -> Response:
    asked = serializers.OrderQuery(data=request.query_params)
    asked.is_valid(raise_exception=True)
    user = person(request)
    project = where.project if isinstance(where, Slide) else where
    by, to = asked.validated_data["by"], asked.validated_data.get("to")
    cells = selectors.cells_of(where, user)
    ids = orders.ranked(cells, user=user, project=project, by=by, to=to)
    return Response({"by": by, "cells": ids}, headers=_FRESH)
