import json
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.permissions import is_site_admin
from apps.core.parts import part_of
from apps.jobs import kinds, progress, selectors, services
from apps.jobs.models import Job, State

PAGE = 25
# A poll of a list that shows something running.
LIST_POLL_MS = 2000


@require_GET
@never_cache
def job_list(request: HttpRequest) -> HttpResponse:
    """List the jobs of one's projects, newest first; the list renews itself while something on it goes on."""
    chosen = request.GET.get("state", "")
    everything = selectors.jobs_for(request.user)
    jobs = everything.filter(state=chosen) if chosen in State.values else everything
    part = part_of(
        jobs,
        places=everything,
        size=PAGE,
        before=request.GET.get("before", ""),
        after=request.GET.get("after", ""),
    )
    now = selectors.database_now()
    rows = [(job, progress.view(job, now)) for job in part.rows]
    context = {
        "part": part,
        "rows": rows,
        "state": chosen,
        "states": State.choices,
        "poll_ms": LIST_POLL_MS if any(not job.ended for job, _ in rows) else None,
    }
    return render(request, "jobs/list.html", context)


@require_GET
@never_cache
def job_detail(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """Show one job: progress while it goes on, what came of it, and the machine's log to who runs the site."""
    job = selectors.job_for(request.user, job_id)
    context = {
        "job": job,
        "kind": kinds.get(job.kind) if job.kind in kinds.names() else None,
        "may_cancel": services.may_cancel(job=job, actor=request.user),
        "ahead": selectors.ahead_of(job),
        "log": selectors.attempts_of(job) if is_site_admin(request.user) else None,
        "metrics": sorted(job.progress_metrics.items()),
    }
    return render(request, "jobs/detail.html", context)


@require_GET
@never_cache
def job_progress(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """Answer a poll with the progress as a fragment; the fragment of an ended job asks no more."""
    return _fragment(request, selectors.job_for(request.user, job_id))


@require_POST
def job_cancel(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """Cancel a job; answer with its progress, or with its page to a browser without scripts."""
    job = services.cancel(job=selectors.job_for(request.user, job_id), actor=request.user)
    if request.headers.get("HX-Request") != "true":
        return redirect("jobs:detail", job_id=job_id)
    return _fragment(request, job)


def _fragment(request: HttpRequest, job: Job) -> HttpResponse:
    context = {
        "job": job,
        "may_cancel": services.may_cancel(job=job, actor=request.user),
        "ahead": selectors.ahead_of(job),
    }
    response = render(request, "jobs/_progress.html", context)
    if job.ended:
        # Pages that embed the progress listen for this to show what came of it.
        ended = {"job": str(job.public_id), "state": job.state, "subject": job.subject}
        response.headers["HX-Trigger"] = json.dumps({"job-ended": ended})
    return response
