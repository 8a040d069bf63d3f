"""Removing a slide for good: every row that belongs to it, in all rooms, and then every file that nothing names."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

from apps.accounts import audit
from apps.accounts.models import User
from apps.core import disposal
from apps.core.models import Erasure, ErasureKind
from apps.core.registries import slide_purges
from apps.jobs import subjects
from apps.slides.models import Field, FieldMark, FileState, Slide, Upload, UploadFile

Transaction = Callable[[], AbstractContextManager[object]]

# In place of the sentence that named the other slide.
DUPLICATE_OF_REMOVED = "The same picture was in this project already. Its slide has been removed since."


@dataclass(frozen=True, slots=True)
class Purged:
    """What went with a slide."""

    fields: int
    objects: int


def purge_slide(
    *, slide: Slide, actor: User | None, transaction: Transaction, anywhere: bool = False
) -> Purged | None:
    """Remove a slide that is in the trash for good; ``None`` when it is not there any more, or was restored.

    Rows and the record go in one transaction; the files are entered as doomed in it, and removed after it. What
    only this slide had goes too: its specimen, its uploads, its jobs with their logs.

    Args:
        slide: The slide.
        actor: Who wants it; ``None`` for the site itself, when its time in the trash is over.
        transaction: Opens the transaction; that of a job proves its lease first.
        anywhere: Also when it is not in the trash, for a specimen that is erased.
    """
    about = [f"slide:{slide.public_id}"]
    # Listed before the transaction: no file work inside one.
    written = subjects.files_of(about)
    with transaction():
        gone = _locked(slide, anywhere=anywhere)
        if gone is None:
            return None
        Erasure.objects.create(kind=ErasureKind.SLIDE, row=gone.pk, target=about[0])
        keys = [key for hook in reversed(list(slide_purges)) for key in hook(slide=gone)]
        fields = Field.objects.filter(slide=gone)
        for image, thumbnail in fields.values_list("image_key", "thumbnail_key"):
            keys += [image, thumbnail]
        count = fields.count()
        _purge_uploads(gone)
        disposal.remove_rows(FieldMark.objects.filter(field__slide=gone))
        disposal.remove_rows(fields)
        disposal.remove_rows(Slide.objects.filter(pk=gone.pk))
        subjects.forget(about)
        disposal.doom([*keys, *written])
        audit.record(
            actor=actor,
            verb="purged",
            project=gone.project,
            target=about[0],
            detail={"fields": count, "files": len(keys)},
        )
        if not gone.specimen.slides.exists():
            gone.specimen.delete()
    return Purged(fields=count, objects=len(keys))


def _locked(slide: Slide, *, anywhere: bool) -> Slide | None:
    """Return the slide as it is now, its fields locked: what would add cells to them waits, and is refused then."""
    rows = Slide.objects.select_for_update(of=("self",)).select_related("project", "specimen")
    found = rows.filter(pk=slide.pk).first()
    if found is None or (found.trashed_at is None and not anywhere):
        return None
    list(Field.objects.select_for_update().filter(slide=found).values_list("pk"))
    return found


def _purge_uploads(slide: Slide) -> None:
    """Forget the files of which the slide's fields were made, with the names they had."""
    uploads = set(Upload.objects.filter(slide=slide).values_list("pk", flat=True))
    files = UploadFile.objects.filter(field__slide=slide)
    uploads |= set(files.filter(state=FileState.STORED).values_list("upload_id", flat=True))
    disposal.remove_rows(files.filter(state=FileState.STORED))
    files.update(field=None, message=DUPLICATE_OF_REMOVED)
    Upload.objects.filter(slide=slide).update(slide=None, title="")
    empty = Upload.objects.filter(pk__in=uploads, files=None)
    subjects.forget([f"upload:{public_id}" for public_id in empty.values_list("public_id", flat=True)])
    empty.delete()
