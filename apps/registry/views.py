"""The page of models: every version with its card; read only."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.accounts.permissions import person
from apps.core.errors import NotFound
from apps.registry.cards import read
from apps.registry.models import ModelVersion


@require_safe
def models(request: HttpRequest) -> HttpResponse:
    """Show the model versions of the site and of the person's projects, those in use first."""
    versions = ModelVersion.objects.visible_to(person(request)).select_related(
        "class_list", "project", "parent"
    )
    order = {"active": 0, "candidate": 1, "retired": 2}
    shown = sorted(versions, key=lambda v: (order[v.state], v.task, v.name, -v.version))
    return render(request, "registry/models.html", {"versions": [(v, read(v.card)) for v in shown]})


@require_safe
def model(request: HttpRequest, model_id: UUID) -> HttpResponse:
    """Show one version with its whole card."""
    versions = ModelVersion.objects.visible_to(person(request))
    version = versions.select_related("class_list", "project", "parent").filter(public_id=model_id).first()
    if version is None:
        raise NotFound("There is no such model.")
    return render(request, "registry/model.html", {"version": version, "card": read(version.card)})
