"""Erasing a specimen: at once out of everybody's sight, then removed for good with its slides, cells and files."""

from __future__ import annotations

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from apps.accounts import audit
from apps.accounts.models import User
from apps.accounts.permissions import Action, require
from apps.core.errors import Conflict
from apps.core.models import Erasure, ErasureKind
from apps.jobs import services as jobs
from apps.jobs.models import Job
from apps.slides.models import Slide, Specimen
from apps.slides.params import ERASE, EraseParams


def erase_specimen(*, actor: User, specimen: Specimen, request: HttpRequest | None = None) -> Job:
    """Erase a specimen with everything that belongs to it; the record keeps that it happened and nothing else of it.

    Its slides are in the trash from now on and cannot be restored; a job removes them.

    Raises:
        NotFound, NotPermitted: the person may not remove anything for good in this project.
        Conflict: it is being erased already.
    """
    require(actor, Action.ERASE, specimen.project)
    with transaction.atomic():
        enter_erasure(specimen=specimen, actor=actor, request=request)
        return submit_erasing(specimen=specimen, requester=actor)


def enter_erasure(
    *, specimen: Specimen, actor: User | None = None, request: HttpRequest | None = None
) -> None:
    """Put an erasure on record and the slides out of sight; the schedule asks for a job when nobody does.

    Args:
        specimen: What is erased.
        actor: Who wants it; ``None`` when an erasure is repeated on an older copy of the data.
        request: Where it came from.

    Raises:
        Conflict: it is being erased already.
    """
    with transaction.atomic():
        _, first = Erasure.objects.get_or_create(
            kind=ErasureKind.SPECIMEN, row=specimen.pk, defaults={"target": f"specimen:{specimen.public_id}"}
        )
        if not first:
            raise Conflict("This specimen is being erased already.", code="being-erased")
        slides = Slide.objects.filter(specimen=specimen)
        slides.filter(trashed_at=None).update(trashed_at=timezone.now(), trashed_by=actor)
        audit.record(
            actor=actor,
            verb="erased",
            project=specimen.project,
            target=f"specimen:{specimen.public_id}",
            detail={"slides": slides.count()},
            request=request,
        )


def submit_erasing(*, specimen: Specimen, requester: User | None) -> Job:
    """Queue the removal of an erased specimen."""
    return jobs.submit(
        kind=ERASE,
        params=EraseParams(specimen_id=str(specimen.public_id)),
        requester=requester,
        project=specimen.project,
        title="Erase a specimen",
        subject=f"specimen:{specimen.public_id}",
    )
