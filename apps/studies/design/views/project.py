"""A project's studies, and beginning one."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from apps.accounts import audit
from apps.accounts.models import Project
from apps.accounts.permissions import Action, person, require
from apps.accounts.selectors import get_project
from apps.core.errors import DomainError, NotFound, NotPermitted
from apps.studies import draw, presets, services
from apps.studies.demo import starting
from apps.studies.design import rows
from apps.studies.protocol import CELLS, REAL, SYNTHETIC

_MOST_LISTED = 200


@require_GET
def studies(request: HttpRequest, project_id: UUID) -> HttpResponse:
    """List the studies of a project, and the designs to begin with."""
    return _page(request, _of_staff(request, project_id))


@require_POST
def new(request: HttpRequest, project_id: UUID) -> HttpResponse:
    """Begin a study with a preset and go to its design."""
    project = _of_staff(request, project_id)
    try:
        protocol = presets.preset(request.POST.get("preset", ""))
        study = services.create_study(
            actor=person(request),
            project=project,
            title=rows.preset_title(protocol.preset),
            protocol=protocol,
            request=request,
        )
    except NotPermitted:
        raise
    except DomainError as problem:
        return _page(request, project, problem=problem.message, status=problem.status)
    return redirect("studies:design", study_id=study.public_id)


@require_POST
def demo(request: HttpRequest, project_id: UUID) -> HttpResponse:
    """Have a simulated study made in the demonstration project."""
    project = _of_staff(request, project_id)
    if not project.is_demo:
        raise NotFound("Simulated studies are for the demonstration project.")
    try:
        starting.ask(actor=person(request), project=project)
    except NotPermitted:
        raise
    except DomainError as problem:
        messages.error(request, problem.message)
    return redirect("studies:list", project_id=project.public_id)


def _of_staff(request: HttpRequest, project_id: UUID) -> Project:
    user = person(request)
    project = get_project(user=user, public_id=project_id)
    require(user, Action.STUDY, project)
    audit.record_visit(actor=user, project=project, request=request)
    return project


def _page(request: HttpRequest, project: Project, *, problem: str = "", status: int = 200) -> HttpResponse:
    there = [(sum(draw.available(project, CELLS, origin).values()), origin) for origin in (REAL, SYNTHETIC)]
    context = {
        "project": project,
        "rows": rows.of_project(user=person(request), project=project, most=_MOST_LISTED),
        "presets": rows.presets_shown(),
        "there": there,
        "problem": problem,
        **(starting.shown(project) if project.is_demo else {}),
    }
    return render(request, "studies/list.html", context, status=status)
