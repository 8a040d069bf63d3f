"""Asking for an export, and removing one."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction
from django.http import HttpRequest

from apps.accounts import audit
from apps.accounts.models import Project, User
from apps.accounts.permissions import Action, require
from apps.cells.selectors.blind import refuse_undecided
from apps.core import disk, storage
from apps.core.errors import InvalidInput
from apps.datasets.models import Export, ExportState, Format, Labels
from apps.datasets.params import EXPORT, ExportParams
from apps.datasets.scope import estimate
from apps.jobs import services as jobs
from apps.jobs.models import ACTIVE_STATES
from apps.jobs.services import cancel
from apps.slides.models import Slide

_SLIDES_AT_ONCE = 5_000


def request_export(
    *,
    actor: User,
    project: Project,
    format: str,  # noqa: A002 - the word for it
    slides: Sequence[UUID] = (),
    only_complete: bool = False,
    labels: str = Labels.HUMAN,
    names: bool = False,
    request: HttpRequest | None = None,
) -> Export:
    """Have pictures and cells of a project written to an archive.

    Args:
        actor: Who takes them out; only what this person may see goes along.
        project: Where from.
        format: One of ``Format``.
        slides: Public ids of the slides; all of the project when empty.
        only_complete: Only fields of which a reviewer said that every cell is boxed.
        labels: One of ``Labels``.
        names: Also the titles of slides and fields, which are names of files at first; for managers.
        request: Where it came from.

    Raises:
        NotFound, NotPermitted: the person may not take data, or these names, out of this project; out of one that
            reads blind first only a manager may, and nobody who could still decide between two readers there.
        InvalidInput: a choice makes no sense, or there is nothing to take out.
        DiskFull: there is no room for the archive.
    """
    require(actor, Action.EXPORT, project)
    if names or project.blind_first:
        # Names may be personal data; and who reads blind must not take the others' labels out.
        require(actor, Action.MANAGE_MEMBERS, project)
    refuse_undecided(actor, project=project.pk)
    if format not in Format.values:
        raise InvalidInput(f"Choose a format: {', '.join(Format.values)}.", code="format")
    if labels not in Labels.values:
        raise InvalidInput(f"Choose whose labels: {', '.join(Labels.values)}.", code="labels")
    if len(slides) > _SLIDES_AT_ONCE:
        raise InvalidInput(f"Name at most {_SLIDES_AT_ONCE} slides, or none for all.", code="slides")
    known = Slide.objects.visible_to(actor).filter(project=project)
    if slides and known.filter(public_id__in=list(slides)).count() != len(set(slides)):
        raise InvalidInput("One of these slides is not in this project.", code="slides")
    wanted = Export(
        project=project,
        requester=actor,
        format=format,
        slides=[str(slide) for slide in dict.fromkeys(slides)],
        only_complete=only_complete,
        labels=labels,
        names=names,
    )
    disk.require_everywhere(estimate(wanted))
    with transaction.atomic():
        wanted.save()
        audit.record(
            actor=actor,
            verb="export-begun",
            project=project,
            target=f"export:{wanted.public_id}",
            detail={"format": format, "labels": labels, "slides": len(wanted.slides), "names": names},
            request=request,
        )
        wanted.job = jobs.submit(
            kind=EXPORT,
            params=ExportParams(export_id=str(wanted.public_id)),
            requester=actor,
            project=project,
            title=f"Export as {wanted.get_format_display()}",
            subject=f"export:{wanted.public_id}",
        )
        wanted.save(update_fields=["job"])
    return wanted


def discard_export(*, actor: User, export: Export) -> None:
    """Remove an export's archive before its time, or stop one that is being written.

    Raises:
        NotFound, NotPermitted: the person may not take data out of this project.
    """
    require(actor, Action.EXPORT, export.project)
    if export.job is not None and export.job.state in ACTIVE_STATES:
        cancel(job=export.job, actor=actor)
    expire(export)


def expire(export: Export) -> None:
    """Let go of an export's archive; its line and its counts stay."""
    with transaction.atomic():
        held = Export.objects.select_for_update().get(pk=export.pk)
        key = held.file_key
        Export.objects.filter(pk=held.pk).update(state=ExportState.EXPIRED, file_key="", expires_at=None)
        if key:
            transaction.on_commit(lambda: storage.delete_key(key))
    export.refresh_from_db()
