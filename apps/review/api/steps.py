"""Undo and redo on a slide or in a project, of however many cells."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.models import Project, Scope, User
from apps.accounts.permissions import person
from apps.cells import services
from apps.cells.models import Cell
from apps.cells.selectors import counts_for
from apps.cells.services import Stepped
from apps.core.api.requests import plain
from apps.core.api.serializers import Error
from apps.registry.selectors import classes_for
from apps.review import document
from apps.review.acts import acts_json
from apps.review.api import act_examples as examples
from apps.review.api import act_serializers
from apps.slides.models import Slide
from apps.slides.selectors import get_project, get_slide

_SCHEMA: dict[str, Any] = {
    "request": act_serializers.StepInput,
    "responses": {200: act_serializers.StepResultOutput, 409: Error, 503: Error},
    "examples": [examples.STEP, examples.STEPPED],
}
_CHUNK = 500


class _StepView(APIView):
    """A step of the asker."""

    scopes: ClassVar = {"POST": Scope.LABEL}

    def undo(self, request: Request, scope: Slide | Project) -> Response:
        """Undo the asker's last act there."""
        given = act_serializers.StepInput(data=request.data).checked()
        user = person(request)
        stepped = services.undo_act(
            actor=user,
            scope=scope,
            idempotency_key=given["idempotency_key"],
            act=given.get("act"),
            request=plain(request),
        )
        return Response(_answer(stepped, scope, user))

    def redo(self, request: Request, scope: Slide | Project) -> Response:
        """Do the asker's last undone act there again."""
        given = act_serializers.StepInput(data=request.data).checked()
        user = person(request)
        stepped = services.redo_act(
            actor=user,
            scope=scope,
            idempotency_key=given["idempotency_key"],
            act=given.get("act"),
            request=plain(request),
        )
        return Response(_answer(stepped, scope, user))


class SlideUndoView(_StepView):
    """The asker's last act on a slide."""

    @extend_schema(**_SCHEMA)
    def post(self, request: Request, slide_id: UUID) -> Response:
        """Undo one's last act on a slide, for the cells that still carry the version one left; the rest is listed."""
        return self.undo(request, get_slide(user=person(request), public_id=slide_id))


class SlideRedoView(_StepView):
    """The asker's last undo on a slide."""

    @extend_schema(**_SCHEMA)
    def post(self, request: Request, slide_id: UUID) -> Response:
        """Do again what one undid last on a slide, unless one did something new since."""
        return self.redo(request, get_slide(user=person(request), public_id=slide_id))


class ProjectUndoView(_StepView):
    """The asker's last act in a project."""

    @extend_schema(**_SCHEMA)
    def post(self, request: Request, project_id: UUID) -> Response:
        """Undo one's last act in a project, for the cells that still carry the version one left; the rest is listed."""
        return self.undo(request, get_project(user=person(request), public_id=project_id))


class ProjectRedoView(_StepView):
    """The asker's last undo in a project."""

    @extend_schema(**_SCHEMA)
    def post(self, request: Request, project_id: UUID) -> Response:
        """Do again what one undid last in a project, unless one did something new since."""
        return self.redo(request, get_project(user=person(request), public_id=project_id))


def _answer(stepped: Sequence[Stepped], scope: Slide | Project, user: User) -> dict[str, Any]:
    project = scope if isinstance(scope, Project) else scope.project
    classes = classes_for(project)
    standing = Cell.objects.visible_to(user).standing()
    within = (
        standing.filter(project=scope) if isinstance(scope, Project) else standing.filter(field__slide=scope)
    )
    shown: dict[str, dict[str, Any]] = {}
    keys = [step.cell.pk for step in stepped]
    for start in range(0, len(keys), _CHUNK):
        some = standing.filter(pk__in=keys[start : start + _CHUNK])
        shown |= {cell["id"]: cell for cell in document.cells_json(some, classes, user=user, project=project)}
    table = counts_for(cells=within, classes=classes, user=user, project=project)
    return {
        "results": [_result(step, shown.get(str(step.cell.public_id))) for step in stepped],
        "counts_rows": document.counts_json(table),
        "acts": acts_json(user=user, scope=scope, classes=classes),
    }


def _result(step: Stepped, cell: dict[str, Any] | None) -> dict[str, Any]:
    found = {"id": str(step.cell.public_id), "status": "applied", "cell": cell}
    if step.conflict is not None:
        found |= {"status": "conflict", "conflict": step.conflict.detail}
    return found
