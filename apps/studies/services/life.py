"""The life of a study: draft, prepared, locked, open, closed; who, when and why of each step is kept."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from apps.accounts.models import User
from apps.core.errors import Conflict, InvalidInput
from apps.jobs import services as jobs
from apps.jobs.models import Job
from apps.registry.selectors import classes_for
from apps.studies import audit, draw
from apps.studies.models import Enrolment, State, Study, UnblindRequest
from apps.studies.params import PREPARE, PrepareParams
from apps.studies.selectors.record import answers_taken_out
from apps.studies.services.designing import refuse_fixed
from apps.studies.services.orders import digest_of, plan_order, write_order
from apps.studies.services.staff import held, not_now, record, refuse_others, said, step, thrown_away

_WHY = "Say why: it is kept with the study."
TAKEN_OUT = "The raw answers were taken out: a study whose answers are known does not open again."


@transaction.atomic
def prepare(*, actor: User, study: Study, request: HttpRequest | None = None) -> Job:
    """Ask for a study to be prepared: cases drawn, pictures made alike, leaks looked for.

    The job is nobody's but the asker's: its very title would tell members of the project who read.

    Raises:
        NotFound, NotPermitted: the person may not design this study.
        InvalidInput: the protocol makes no sense, or the project has too few cells.
        Conflict: it is no draft, or is being prepared already.
        DiskFull: there is no room for its pictures.
    """
    refuse_others(actor, study)
    study.plan.validate([one.name for one in classes_for(study.project)])
    refuse_fixed(held(study))
    if short := draw.shortages(study.project, study.plan):
        raise InvalidInput(" ".join(short), code="shortage", detail={"problems": short})
    job = jobs.submit(
        kind=PREPARE,
        params=PrepareParams(study_id=str(study.public_id), version=study.protocol_version),
        requester=actor,
        title="Prepare a study",
        subject=f"study:{study.public_id}",
    )
    Study.objects.filter(pk=study.pk).update(job=job)
    study.job = job
    record(actor=actor, study=study, verb="study-preparing", request=request)
    return job


def finish_preparing(*, study: Study, actor: User | None, drawn: dict[str, Any], version: int) -> None:
    """Make a draft whose cases, pictures and audit are there a prepared study; runs with the job's success."""
    if study.state != State.DRAFT or study.protocol_version != version:
        return
    step(
        actor=actor,
        study=study,
        to=State.PREPARED,
        why="",
        verb="study-prepared",
        from_=(State.DRAFT,),
        draw_report=drawn,
    )
    count_seen_before(study)


@transaction.atomic
def back_to_draft(*, actor: User, study: Study, why: str, request: HttpRequest | None = None) -> Study:
    """Take a prepared study back, to change its design; what its audit found stays on record.

    Raises:
        NotFound, NotPermitted: the person may not design this study.
        InvalidInput: no reason is given.
        Conflict: it is not prepared.
    """
    refuse_others(actor, study)
    return step(
        actor=actor,
        study=study,
        to=State.DRAFT,
        why=said(why, needed=_WHY),
        verb="study-redrafted",
        from_=(State.PREPARED,),
        request=request,
        detail=thrown_away(held(study)),
        audit={},
    )


@transaction.atomic
def lock(*, actor: User, study: Study, why: str = "", request: HttpRequest | None = None) -> Study:
    """Fix the design for good: every reader gets a stored order, and one digest names all of it.

    Raises:
        NotFound, NotPermitted: the person may not design this study.
        Conflict: it is not prepared, its audit blocks it or was not acknowledged ("audit"), or a picture is gone
        since
            ("picture").
    """
    refuse_others(actor, study)
    # Nobody is enrolled meanwhile: whoever enrols locks the row too.
    if held(study).state != State.PREPARED:
        raise not_now(study)
    audit.require_clear(study)
    if study.cases.filter(image="").exists() or not study.cases.exists():
        raise Conflict(
            "A slide with a cell of this study was removed since. Take the study back to a draft, and prepare it "
            "again.",
            code="picture",
        )
    count_seen_before(study)
    enrolments = list(study.enrolments.filter(withdrawn_at=None).order_by("pk"))
    orders = {one.pseudonym: plan_order(study=study, enrolment=one)[1] for one in enrolments}
    study = step(
        actor=actor,
        study=study,
        to=State.LOCKED,
        why=said(why),
        verb="study-locked",
        from_=(State.PREPARED,),
        request=request,
        digest=digest_of(study=study, orders=orders),
    )
    for enrolment in enrolments:
        write_order(study=study, enrolment=enrolment)
    return study


@transaction.atomic
def open_(
    *,
    actor: User,
    study: Study,
    due_at: datetime | None = None,
    why: str = "",
    request: HttpRequest | None = None,
) -> Study:
    """Let the readers read.

    Args:
        actor: Who opens it.
        study: A locked study.
        due_at: When the readings are wanted; nothing closes by itself.
        why: Kept with the step.
        request: Where it came from.

    Raises:
        NotFound, NotPermitted: the person may not design this study.
        InvalidInput: the time has passed.
        Conflict: it is not locked.
    """
    refuse_others(actor, study)
    return step(
        actor=actor,
        study=study,
        to=State.OPEN,
        why=said(why),
        verb="study-opened",
        from_=(State.LOCKED,),
        request=request,
        due_at=_later(due_at),
    )


@transaction.atomic
def extend(
    *,
    actor: User,
    study: Study,
    due_at: datetime | None,
    why: str,
    request: HttpRequest | None = None,
) -> Study:
    """Give the readers more time; a closed study of which nobody has seen key or answers opens again.

    Raises:
        NotFound, NotPermitted: the person may not design this study.
        InvalidInput: no reason is given, or the time has passed.
        Conflict: it is neither open nor closed, or its raw answers were taken out ("taken-out").
    """
    refuse_others(actor, study)
    # Whoever takes answers out of a closed study holds its row too.
    if study.state == State.CLOSED and answers_taken_out(held(study)):
        raise Conflict(TAKEN_OUT, code="taken-out")
    study = step(
        actor=actor,
        study=study,
        to=State.OPEN,
        why=said(why, needed=_WHY),
        verb="study-extended",
        from_=(State.OPEN, State.CLOSED),
        request=request,
        due_at=_later(due_at),
        closed_at=None,
    )
    UnblindRequest.objects.filter(study=study).delete()
    return study


@transaction.atomic
def close(*, actor: User, study: Study, why: str = "", request: HttpRequest | None = None) -> Study:
    """End the reading: nobody can add an answer any more.

    Raises:
        NotFound, NotPermitted: the person may not design this study.
        Conflict: it is not open.
    """
    refuse_others(actor, study)
    # Who is submitting an answer at this moment holds the own enrolment: wait for them all.
    list(
        Enrolment.objects.select_for_update(of=("self",), no_key=True)
        .filter(study=study)
        .order_by("pk")
        .values_list("pk")
    )
    return step(
        actor=actor,
        study=study,
        to=State.CLOSED,
        why=said(why),
        verb="study-closed",
        from_=(State.OPEN,),
        request=request,
    )


def count_seen_before(study: Study) -> None:
    """Note for each reader how many of the cells the reader had labelled elsewhere."""
    for enrolment in study.enrolments.select_related("reader"):
        seen = draw.seen_before(study=study, reader=enrolment.reader)
        Enrolment.objects.filter(pk=enrolment.pk).update(seen_before=seen)


def _later(due_at: datetime | None) -> datetime | None:
    if due_at is not None and due_at <= timezone.now():
        raise InvalidInput("Choose a time that is still to come.", code="due")
    return due_at
