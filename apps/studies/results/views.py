"""Pages of results: figures once unblinded, before that no more than how far the readers are."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from apps.accounts import audit
from apps.accounts.permissions import Action, can, person, require
from apps.core.errors import DomainError, InvalidInput
from apps.registry.selectors import classes_for
from apps.studies.audit import AuditReport
from apps.studies.models import State, Study
from apps.studies.results import files, selectors, services
from apps.studies.results.contents import sections
from apps.studies.results.facts import RESEARCH_USE, SIMULATED, facts_of
from apps.studies.results.trials import rows
from apps.studies.selectors import get_study, progress

_AFTER = (State.CLOSED, State.UNBLINDED)


def _looked_up(request: HttpRequest, study_id: UUID) -> Study:
    study = get_study(user=person(request), public_id=study_id)
    audit.record_visit(
        actor=person(request), project=study.project, target=f"study:{study.public_id}", request=request
    )
    return study


@require_safe
@never_cache
def results(request: HttpRequest, study_id: UUID) -> HttpResponse:
    """Show the results of an unblinded study; of any other how far its readers are, without an answer."""
    study = _looked_up(request, study_id)
    user = person(request)
    may_export = can(user, Action.EXPORT, study.project)
    context = {
        "study": study,
        "files": files.names(study) if may_export else (),
        "blind": study.state != State.UNBLINDED,
        "research_use": RESEARCH_USE,
        "models": selectors.model_readings(study) if study.state in _AFTER else [],
        "models_to_ask": selectors.models_to_ask(study) if study.state in _AFTER else [],
    }
    if study.state != State.UNBLINDED:
        context["progress"] = progress(study)
        return render(request, "studies/results_before.html", context)
    stored = selectors.stored_result(study)
    if stored is None:
        context["job"] = selectors.analysis_job(study)
        context["under_way"] = selectors.active_analysis_job(study) is not None
        return render(request, "studies/results_waiting.html", context)
    titles = {one.name: one.title for one in classes_for(study.project)}
    facts = facts_of(study, rows(study, unblinded=True))
    context |= {
        "simulated": SIMULATED if facts.simulated else "",
        "stored": stored,
        "sentences": stored.result.sentences,
        "sections": sections(
            stored.result,
            facts,
            AuditReport.from_json(study.audit),
            titles=titles,
            software=files.software(),
        ),
    }
    return render(request, "studies/results.html", context)


@require_POST
def analyse(request: HttpRequest, study_id: UUID) -> HttpResponse:
    """Have the results worked out, where that was not done or went wrong."""
    study = get_study(user=person(request), public_id=study_id)
    services.request_analysis(study=study, actor=person(request))
    return redirect("studies:results", study_id=study.public_id)


@require_POST
def ask_model(request: HttpRequest, study_id: UUID) -> HttpResponse:
    """Let a registered model read the images beside the experts."""
    study = get_study(user=person(request), public_id=study_id)
    try:
        wanted = UUID(request.POST.get("model", ""))
    except ValueError:
        raise InvalidInput("Choose a model.", code="model") from None
    try:
        reading = services.ask_model(actor=person(request), study=study, model_id=wanted, request=request)
    except DomainError as problem:
        messages.error(request, problem.message)
    else:
        messages.success(request, f"{reading.model_version.label} reads the images as {reading.pseudonym}.")
    return redirect("studies:results", study_id=study.public_id)


@require_safe
@never_cache
def file(request: HttpRequest, study_id: UUID, name: str) -> HttpResponse:
    """Hand out one file of a study, or all in one archive; put on record unless only its headers are asked for."""
    study = get_study(user=person(request), public_id=study_id)
    require(person(request), Action.EXPORT, study.project)
    if request.method == "HEAD":
        made = files.make(study, name)
    else:
        made = services.take_out(actor=person(request), study=study, name=name, request=request)
    headers = {
        "Content-Disposition": f'attachment; filename="study-{str(study.public_id)[:8]}-{made.name}"',
        "X-Content-Type-Options": "nosniff",
    }
    return HttpResponse(made.content, content_type=made.content_type, headers=headers)
