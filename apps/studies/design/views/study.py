"""The staff's page of one study: where it stands, what can be done, who reads and how far."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from apps.accounts import audit
from apps.accounts.permissions import person
from apps.jobs.services import may_cancel
from apps.studies import audit as leaks
from apps.studies import selectors
from apps.studies.design import acts, people, rows
from apps.studies.models import State, Study


@require_safe
@never_cache
def show(request: HttpRequest, study_id: UUID) -> HttpResponse:
    """Show a study to its staff."""
    user = person(request)
    study = selectors.get_study(user=user, public_id=study_id)
    target = f"study:{study.public_id}"
    audit.record_visit(actor=user, project=study.project, target=target, request=request)
    found = rows.readers(study)
    may_enrol = study.state not in {State.CLOSED, State.UNBLINDED}
    job = study.job
    context = {
        "study": study,
        "simulated": any(reader.simulated for reader in found),
        "links": _links(study),
        "life": rows.life(study),
        "text": acts.text(study),
        "acts": acts.acts(study, user, readers=found),
        # A job of preparing is nobody's but the asker's.
        "job": job if study.state == State.DRAFT and job and job.requester_id == user.pk else None,
        "may_cancel": job is not None and may_cancel(job=job, actor=user),
        "summary": [*rows.summary(study.plan), *rows.drawn(study)],
        "editable": study.state == State.DRAFT,
        "history": rows.history(study),
        "readers": found,
        "may_enrol": may_enrol,
        "candidates": people.candidates(study) if may_enrol else [],
        "invitations": people.open_invitations(study),
    }
    if study.audit:
        context |= {
            "audit": leaks.describe(study),
            "acknowledge_url": reverse("studies:acknowledge-audit", args=[study.public_id]),
            "run_url": reverse("studies:audit", args=[study.public_id]),
        }
    return render(request, "studies/study.html", context)


def _links(study: Study) -> list[tuple[str, str]]:
    links = []
    if study.state != State.DRAFT:
        links.append((reverse("studies:preview", args=[study.public_id]), "Preview as a reader"))
    if study.state in {State.CLOSED, State.UNBLINDED}:
        words = "Results" if study.state == State.UNBLINDED else "Answers without the key"
        links.append((reverse("studies:results", args=[study.public_id]), words))
    links.append(("/help/manual/studies/", "How a blinded study works"))
    return links
