"""What others do meanwhile: pages ask every few seconds."""

from __future__ import annotations

from typing import Any, TypeVar
from uuid import UUID

from django.db.models import QuerySet
from django.utils.decorators import method_decorator
from django.views.decorators.gzip import gzip_page
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.models import Project, User
from apps.accounts.permissions import person
from apps.cells.models import Cell
from apps.cells.selectors import counts_for
from apps.cells.selectors.changes import Changes, Cursor, changed_cells, changes_since, younger
from apps.core.api.serializers import Error
from apps.core.errors import InvalidInput, NotFound
from apps.registry.selectors import classes_for
from apps.review import document
from apps.review.acts import acts_json
from apps.review.api import act_examples as examples
from apps.review.api import act_serializers
from apps.review.fields import fields_json
from apps.slides.models import Slide
from apps.slides.selectors import NOTHING_HERE

_SINCE = OpenApiParameter(
    "since", str, required=True, description="The cursor of the page, or of the last answer."
)
_SCHEMA: dict[str, Any] = {
    "parameters": [_SINCE],
    "responses": {200: act_serializers.ChangesOutput, 400: Error, 503: Error},
    "examples": [examples.CHANGES],
}


# As the document of a slide: large at times, without a secret, and it repeats nothing of the request.
@method_decorator(gzip_page, name="dispatch")
class SlideChangesView(APIView):
    """The changes of a slide."""

    @extend_schema(**_SCHEMA)
    def get(self, request: Request, slide_id: UUID) -> Response:
        """Return what changed on a slide since a cursor."""
        user = person(request)
        since = _cursor(request)
        slide = _look_up(
            Slide.objects.visible_to(user).select_related("project"), slide_id, since, of="slide"
        )
        return _answer(slide, since, user)


@method_decorator(gzip_page, name="dispatch")
class ProjectChangesView(APIView):
    """The changes of a project's slides."""

    @extend_schema(**_SCHEMA)
    def get(self, request: Request, project_id: UUID) -> Response:
        """Return what changed on the slides of a project since a cursor."""
        user = person(request)
        since = _cursor(request)
        project = _look_up(Project.objects.visible_to(user), project_id, since, of="slide__project")
        return _answer(project, since, user)


_Where = TypeVar("_Where", Slide, Project)


def _cursor(request: Request) -> Cursor | InvalidInput:
    """Return the cursor, or why there is none: whoever may not see the slide is told nothing of it before."""
    try:
        return Cursor.read(request.query_params.get("since", ""))
    except InvalidInput as problem:
        return problem


def _look_up(visible: QuerySet[_Where], public_id: UUID, since: Cursor | InvalidInput, *, of: str) -> _Where:
    """Return what changes are asked of, with how many are younger than the cursor, in one query."""
    if isinstance(since, Cursor):
        visible = visible.annotate(young=younger(since, of=of))
    found = visible.filter(public_id=public_id).first()
    if found is None:
        raise NotFound(NOTHING_HERE)
    return found


def _answer(scope: Slide | Project, since: Cursor | InvalidInput, user: User) -> Response:
    if isinstance(since, InvalidInput):
        raise since
    changes = changes_since(scope, since, young=scope.young)  # type: ignore[union-attr] # annotated above
    found = _changed(changes, scope, user) if changes.new else {}
    nothing: dict[str, Any] = {
        "cells": [],
        "gone": [],
        "counts_rows": None,
        "version": None,
        "fields": [],
        "acts": None,
    }
    return Response({**nothing, "cursor": changes.cursor, **found}, headers={"Cache-Control": "no-store"})


def _changed(changes: Changes, scope: Slide | Project, user: User) -> dict[str, Any]:
    project = scope if isinstance(scope, Project) else scope.project
    classes = classes_for(project)
    visible = Cell.objects.visible_to(user)
    within = (
        visible.filter(project=scope) if isinstance(scope, Project) else visible.filter(field__slide=scope)
    )
    about = changed_cells(scope, changes)
    about = visible.filter(pk__in=about.order_by().values("pk"))
    standing = about.standing().order_by("field_id", "pk")
    gone = about.exclude(removed_at=None, retired_at=None).order_by()
    table = counts_for(cells=within.standing(), classes=classes, user=user, project=project)
    fields = {field for _, field, cell in changes.rows if field is not None and cell is None}
    return {
        "cells": document.cells_json(standing, classes, user=user, project=project),
        "gone": [str(public_id) for public_id in gone.values_list("public_id", flat=True)],
        "counts_rows": document.counts_json(table),
        "version": None if isinstance(scope, Project) else document.version_of(scope),
        "fields": fields_json(scope, only=fields) if isinstance(scope, Slide) and fields else [],
        "acts": acts_json(user=user, scope=scope, classes=classes),
    }
