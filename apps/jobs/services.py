"""What the rest of the site may do with jobs: ask for one, cancel one."""

import datetime as dt
from typing import Any

from django.db import transaction
from django.db.models import F

from apps.accounts.models import Project, User
from apps.accounts.permissions import Action, Person, can, is_site_admin
from apps.core import context, disk
from apps.core.errors import Conflict, InvalidInput, NotPermitted
from apps.jobs import clock, kinds, wake
from apps.jobs import params as parameters
from apps.jobs.conf import times
from apps.jobs.models import Job, State


def submit(
    *,
    kind: str,
    params: Any,
    requester: User | None,
    project: Project | None = None,
    title: str = "",
    subject: str = "",
    not_before: dt.datetime | None = None,
) -> Job:
    """Ask for a piece of work, in the caller's transaction; workers hear of it when that commits.

    A broker that is down does not matter: the row waits, and the reaper sends its message again.

    Args:
        kind: Name of a registered kind.
        params: Parameter object of the kind's class.
        requester: Who asks; None for the site itself.
        project: Whose members see the job.
        title: What people read, such as "Analyse S-0231".
        subject: What it is about, such as "slide:<public id>", for looking it up.
        not_before: When it may start at the earliest.

    Raises:
        InvalidInput: when the parameters are not of the kind's class or do not survive JSON.
        DiskFull: when the disk has no room for what it would write.
        LookupError: when there is no such kind.
    """
    known = kinds.get(kind)
    if type(params) is not known.params:
        raise InvalidInput(f"{kind} takes {known.params.__name__}, not {type(params).__name__}.")
    disk.require_everywhere(known.disk_mb * disk.MEBI)
    job = Job.objects.create(
        kind=kind,
        queue=known.queue,
        params=parameters.encode(params),
        max_attempts=known.max_attempts,
        requester=requester,
        project=project,
        title=(title or known.title)[:200],
        subject=subject,
        request_id=context.request_id() or None,
        not_before=not_before,
        resend_at=clock.ahead(times().resend_first),
    )
    wake.on_commit(job_id=job.pk)
    return job


def may_cancel(*, job: Job, actor: Person) -> bool:
    """Return whether a person may cancel a job: who asked for it, managers of its project, site administrators."""
    if is_site_admin(actor):
        return True
    if job.project is not None:
        return can(actor, Action.MANAGE_MEMBERS, job.project) or (
            job.requester_id == actor.pk and can(actor, Action.VIEW, job.project)
        )
    return actor.pk is not None and job.requester_id == actor.pk


def cancel(*, job: Job, actor: Person) -> Job:
    """Cancel a job: at once while it waits, as soon as its handler stops while it runs. Return its row as it is now.

    Raises:
        NotPermitted: when the person may not.
        Conflict: when the job has ended otherwise.
    """
    if not isinstance(actor, User) or not may_cancel(job=job, actor=actor):
        raise NotPermitted("Only the person who asked for this, or a manager of the project, may cancel it.")
    with transaction.atomic():
        # A no-op update locks the row, so that it cannot be claimed or given back between the two questions below.
        Job.objects.filter(pk=job.pk).update(attempt=F("attempt"))
        row = Job.objects.filter(pk=job.pk)
        by = {"cancel_requested": True, "cancel_requested_at": clock.now(), "cancelled_by": actor}
        waiting = row.filter(state=State.QUEUED).update(state=State.CANCELLED, finished_at=clock.now(), **by)
        if not waiting:
            row.filter(state=State.RUNNING, cancel_requested=False).update(**by)
        now = row.get()
    if now.state in {State.SUCCEEDED, State.FAILED}:
        raise Conflict(
            "This has ended already, so there is nothing to cancel.",
            code="ended",
            detail={"state": now.state},
        )
    return now
