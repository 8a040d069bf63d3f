"""Designing a study: its form, and what the form amounts to while it is filled in."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts.permissions import person
from apps.core.errors import Conflict, DomainError, InvalidInput, NotPermitted
from apps.registry.selectors import classes_for
from apps.studies import draw, selectors, services
from apps.studies.design import amounts
from apps.studies.design.forms import DesignForm
from apps.studies.models import State, Study


@require_http_methods(["GET", "HEAD", "POST"])
def design(request: HttpRequest, study_id: UUID) -> HttpResponse:
    """Show a design, and change it while the study is a draft."""
    study = selectors.get_study(user=person(request), public_id=study_id)
    if request.method != "POST":
        return _page(request, study, _form(study))
    do = request.POST.get("do", "save")
    if do in {"add-arm", "remove-arm"}:
        # Nothing is saved: the same form with what was typed, one arm longer or shorter.
        wanted = _whole(request.POST.get("arms")) + (1 if do == "add-arm" else -1)
        return _page(request, study, _form(study, initial=request.POST, arms=wanted))
    form = _form(study, data=request.POST)
    if not form.is_valid():
        return _page(request, study, form, status=422)
    try:
        services.change_study(
            actor=person(request),
            study=study,
            expected_version=_whole(request.POST.get("version")),
            title=form.cleaned_data["title"],
            protocol=form.protocol(),
            request=request,
        )
    except NotPermitted:
        raise
    except (Conflict, InvalidInput) as problem:
        form.add_error(None, problem.message)
        # After somebody else's change the form stands on what is saved now: sent once more, it takes its place.
        version = study.version if problem.code == "stale" else None
        status = problem.status if isinstance(problem, Conflict) else 422
        return _page(request, study, form, version=version, status=status)
    if do == "prepare":
        return _prepare(request, study)
    messages.success(request, "The design is saved.")
    return redirect("studies:study", study_id=study.public_id)


@require_POST
def check(request: HttpRequest, study_id: UUID) -> HttpResponse:
    """Return what the form amounts to as it stands in the browser; saves nothing."""
    study = selectors.get_study(user=person(request), public_id=study_id)
    form = _form(study, data=request.POST)
    form.is_valid()
    protocol = form.rough_protocol()
    context = {
        "check": amounts.check(study.project, protocol, complaints=_complaints(form)),
        "form": form,
        "fragment": True,
    }
    return render(request, "studies/_check.html", context)


def _prepare(request: HttpRequest, study: Study) -> HttpResponse:
    study.refresh_from_db()
    try:
        services.prepare(actor=person(request), study=study, request=request)
    except NotPermitted:
        raise
    except DomainError as problem:
        messages.error(request, f"The design is saved, and not prepared: {problem.message}")
        return redirect("studies:design", study_id=study.public_id)
    messages.success(request, "The design is saved. Its images are being prepared.")
    return redirect("studies:study", study_id=study.public_id)


def _form(
    study: Study,
    *,
    data: QueryDict | None = None,
    initial: QueryDict | None = None,
    arms: int | None = None,
) -> DesignForm:
    more: dict[str, Any] = {}
    if data is not None:
        arms = _whole(data.get("arms"))
    if initial is not None:
        more["initial"] = initial.dict()
    form = DesignForm(
        data,
        protocol=study.plan,
        classes=classes_for(study.project),
        sources=draw.sources(study.project),
        title=study.title,
        arms=arms,
        **more,
    )
    if study.state != State.DRAFT:
        for field in form.fields.values():
            field.disabled = True
    return form


def _page(
    request: HttpRequest, study: Study, form: DesignForm, *, version: int | None = None, status: int = 200
) -> HttpResponse:
    editable = study.state == State.DRAFT
    protocol = form.rough_protocol() if form.is_bound else study.plan
    context = {
        "study": study,
        "form": form,
        "version": version or request.POST.get("version") or study.version,
        "editable": editable,
        "why_not": "" if editable else _why_not(study),
        "check": amounts.check(study.project, protocol, complaints=_complaints(form)),
    }
    return render(request, "studies/design.html", context, status=status)


def _why_not(study: Study) -> str:
    if study.state == State.PREPARED:
        return "The study is prepared: go back to draft to change its design. This is how it is."
    return "The study is locked, and its design cannot be changed any more. This is how it is."


def _complaints(form: DesignForm) -> list[str]:
    """Return what the form has to say, each line with the name of its field."""
    if not form.is_bound:
        return []
    lines = []
    for name, errors in form.errors.items():
        label = form.fields[name].label if name in form.fields else ""
        lines += [f"{label}: {error}" if label else str(error) for error in errors]
    return lines


def _whole(value: str | None) -> int:
    return int(value) if value and value.isascii() and value.isdigit() and len(value) < 10 else 0
