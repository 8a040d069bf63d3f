"""Beginning an import, saying what its classes mean, going on with one that stopped, giving one up."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction
from django.http import HttpRequest

from apps.accounts import audit
from apps.accounts.models import Project, User
from apps.accounts.permissions import Action, require
from apps.core import disk, storage
from apps.core.errors import Conflict, InvalidInput
from apps.datasets import mapping as classes
from apps.datasets.models import Declared, Format, Grouping, Import, ImportState, PictureState
from apps.datasets.params import READ, STORE, ImportParams
from apps.jobs import services as jobs
from apps.jobs.models import ACTIVE_STATES, Job
from apps.registry.selectors import classes_for
from apps.slides.room import stored_bytes

AUTO = ""
"""The format of an import that is to be recognised."""


def open_import(
    *,
    actor: User,
    project: Project,
    source_key: str,
    size: int,
    format: str = AUTO,  # noqa: A002 - the word for it
    grouping: str = Grouping.ONE_SLIDE,
    title: str = "",
    analyse: bool = False,
    origin: str = Declared.REAL,
    request: HttpRequest | None = None,
) -> Import:
    """Begin an import with an archive that lies in the store, and have it read.

    Args:
        actor: Who imports.
        project: Where to.
        source_key: The archive; it is the import's from now on.
        size: Its length in bytes.
        format: One of ``Format``, or ``AUTO``.
        grouping: Which slides the pictures become; a bundle knows its own.
        title: Of the slide, when there is one; made up when empty.
        analyse: Whether the pictures are to be analysed once they are stored.
        origin: What the pictures are declared to be, one of ``Declared``; it cannot be changed afterwards.
        request: Where it came from.

    Raises:
        NotFound, NotPermitted: the person may not import into this project.
        InvalidInput: a choice makes no sense.
        DiskFull: there is no room.
    """
    require(actor, Action.IMPORT, project)
    if format and format not in Format.values:
        raise InvalidInput(f"Choose a format: {', '.join(Format.values)}.", code="format")
    if grouping not in Grouping.values:
        raise InvalidInput(f"Choose what the pictures become: {', '.join(Grouping.values)}.", code="grouping")
    if origin not in Declared.values:
        raise InvalidInput(f"Say what the pictures are: {', '.join(Declared.values)}.", code="origin")
    if origin == Declared.SYNTHETIC and format not in {AUTO, Format.IMAGEFOLDER}:
        raise InvalidInput(
            "Only pictures of single cells can be declared synthetic: a folder for each class.", code="origin"
        )
    title = " ".join(title.split())
    if len(title) > 200:
        raise InvalidInput("A slide's title has at most 200 characters.", code="title")
    with transaction.atomic():
        source = Import.objects.create(
            project=project,
            requester=actor,
            format=format,
            grouping=grouping,
            title=title,
            analyse=analyse and origin == Declared.REAL,
            origin=origin,
            source_key=source_key,
            size=size,
        )
        audit.record(
            actor=actor,
            verb="import-begun",
            project=project,
            target=f"import:{source.public_id}",
            detail={"size": size, "format": format, "origin": origin},
            request=request,
        )
        _submit(source, READ, "Read an archive")
    return source


def confirm(*, actor: User, source: Import, mapping: Mapping[str, str]) -> Job:
    """Say what the classes of the archive become, and have it stored.

    Args:
        actor: Who says it.
        source: The import.
        mapping: For each name that was found a class of the project's list, or one of the words of `Import`.

    Raises:
        NotFound, NotPermitted: the person may not import into this project.
        InvalidInput: a name has no meaning or one that the class list does not have.
        Conflict: the import does not wait for this.
        DiskFull: there is no room for its pictures.
    """
    require(actor, Action.IMPORT, source.project)
    names = [name for name, _ in source.found.get("classes", [])]
    checked = classes.check(mapping, names, classes_for(source.project))
    disk.require_everywhere(stored_bytes("archive.jpg", source.size))
    with transaction.atomic():
        moved = Import.objects.filter(pk=source.pk, state=ImportState.MAPPING).update(
            state=ImportState.STORING, mapping=checked
        )
        if not moved:
            raise Conflict("This import does not wait for its classes any more.", code="state")
        source.refresh_from_db()
        return _submit(source, STORE, "Store an import")


def go_on(*, actor: User, source: Import) -> Job:
    """Ask for another job where the last one was cancelled or failed; what is stored is not stored again.

    Raises:
        NotFound, NotPermitted: the person may not import into this project.
        Conflict: there is nothing to go on with.
    """
    require(actor, Action.IMPORT, source.project)
    with transaction.atomic():
        held = (
            Import.objects.select_for_update(of=("self",))
            .select_related("project", "requester")
            .get(pk=source.pk)
        )
        kind = {ImportState.READING: READ, ImportState.STORING: STORE}.get(ImportState(held.state))
        if kind is None or (held.job is not None and held.job.state in ACTIVE_STATES):
            raise Conflict("There is nothing to go on with.", code="state")
        return _submit(held, kind, "Read an archive" if kind == READ else "Store an import")


def discard(*, actor: User, source: Import) -> None:
    """Give up an import of which nothing was stored, with its archive.

    Raises:
        NotFound, NotPermitted: the person may not import into this project.
        Conflict: a job works on it, or something of it was stored.
    """
    require(actor, Action.IMPORT, source.project)
    with transaction.atomic():
        held = Import.objects.select_for_update(of=("self",)).select_related("job").get(pk=source.pk)
        if held.job is not None and held.job.state in ACTIVE_STATES:
            raise Conflict("A job works on this import. Cancel it first.", code="running")
        if (
            held.state == ImportState.DONE
            or held.pictures.filter(state__in=(PictureState.STORED, PictureState.MERGED)).exists()
        ):
            raise Conflict(
                "Pictures of this import are stored. Move their slides to the trash instead.", code="stored"
            )
        key = held.source_key
        held.delete()
        if key:
            transaction.on_commit(lambda: storage.delete_key(key))


def _submit(source: Import, kind: str, title: str) -> Job:
    job = jobs.submit(
        kind=kind,
        params=ImportParams(import_id=str(source.public_id)),
        requester=source.requester,
        project=source.project,
        title=title,
        subject=f"import:{source.public_id}",
    )
    Import.objects.filter(pk=source.pk).update(job=job)
    source.job = job
    return job
