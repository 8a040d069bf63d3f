"""The trash: slides wait there for some weeks and can be brought back, then they are removed for good."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from apps.accounts import audit
from apps.accounts.models import Project, User
from apps.accounts.permissions import Action, require
from apps.core.errors import Gone, InvalidInput
from apps.core.models import Erasure, ErasureKind
from apps.jobs import services as jobs
from apps.jobs.models import Job
from apps.slides.models import Slide
from apps.slides.params import PURGE, PurgeParams


def trash(*, actor: User, slide: Slide, request: HttpRequest | None = None) -> Slide:
    """Move a slide to the trash: nobody sees it any more, nothing of it is lost.

    Raises:
        NotFound, NotPermitted: the person may not change slides of this project.
    """
    require(actor, Action.UPLOAD, slide.project)
    with transaction.atomic():
        # Twice is harmless, and is one event.
        here = Slide.objects.filter(pk=slide.pk, trashed_at=None)
        if here.update(trashed_at=timezone.now(), trashed_by=actor):
            _record(actor, "deleted", slide, request)
    slide.refresh_from_db()
    return slide


def restore(*, actor: User, slide: Slide, request: HttpRequest | None = None) -> Slide:
    """Take a slide out of the trash.

    Raises:
        NotFound, NotPermitted: the person may not change slides of this project.
        Gone: its specimen is being erased.
    """
    require(actor, Action.UPLOAD, slide.project)
    with transaction.atomic():
        if Erasure.objects.filter(kind=ErasureKind.SPECIMEN, row=slide.specimen_id).exists():
            raise Gone("The specimen of this slide is being erased.", code="being-erased")
        moved = Slide.objects.filter(pk=slide.pk, trashed_at__isnull=False)
        if moved.update(trashed_at=None, trashed_by=None):
            _record(actor, "restored", slide, request)
    slide.refresh_from_db()
    return slide


def empty_trash(*, actor: User, project: Project, request: HttpRequest | None = None) -> Job:
    """Remove for good, in a job, what is in a project's trash at this moment.

    Raises:
        NotFound, NotPermitted: the person may not remove anything for good in this project.
        InvalidInput: the trash is empty.
    """
    require(actor, Action.ERASE, project)
    slides = Slide.objects.filter(project=project, trashed_at__isnull=False).count()
    if not slides:
        raise InvalidInput("The trash is empty already.", code="trash-empty")
    with transaction.atomic():
        audit.record(
            actor=actor,
            verb="trash-emptied",
            project=project,
            target=f"project:{project.public_id}",
            detail={"slides": slides},
            request=request,
        )
        return submit_purge(project=project, requester=actor, before=timezone.now())


def submit_purge(*, project: Project, requester: User | None, before: datetime) -> Job:
    """Queue the removal of what has been in a project's trash since before a time."""
    return jobs.submit(
        kind=PURGE,
        params=PurgeParams(project_id=str(project.public_id), before=before.isoformat()),
        requester=requester,
        project=project,
        title="Empty the trash",
        subject=f"trash:{project.public_id}",
    )


def _record(actor: User, verb: str, slide: Slide, request: HttpRequest | None) -> None:
    audit.record(
        actor=actor,
        verb=verb,
        project=slide.project,
        target=f"slide:{slide.public_id}",
        detail={"fields": slide.fields.count()},
        request=request,
    )
