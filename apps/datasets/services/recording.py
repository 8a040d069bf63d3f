"""Entering the pictures of an import with their cells, each in the transaction of its job."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any
from uuid import UUID, uuid5

from apps.accounts.models import Project
from apps.cells.importing import ImportedCell, label_imported, write_imported
from apps.cells.models import Cell
from apps.core.registries import slide_changed
from apps.datasets.models import (
    CropDigest,
    Declared,
    Import,
    ImportedPicture,
    ImportRemark,
    PictureState,
    Provenance,
)
from apps.datasets.services.boxes import Accepted
from apps.datasets.services.merging import merge
from apps.datasets.services.remarks import as_row
from apps.datasets.services.slides import slide_for, take_over
from apps.datasets.values import Odd, Remark
from apps.slides.models import Field
from apps.slides.services.ingest import duplicate_message
from apps.slides.services.storing import new_field
from ml.images import DecodedImage

_LINES = 50
_LAID_BESIDE = "Its boxes were laid beside the cells there."
_SAME_CROP = "The same picture of a cell is in this project already."


class Refused(Exception):  # noqa: N818 - read at the place that raises it
    """A picture cannot be stored."""

    def __init__(self, odd: Odd, message: str) -> None:
        super().__init__(message)
        self.odd = odd
        self.message = message


@dataclass(slots=True)
class Ready:
    """A decoded picture and what is to be written for it."""

    image: DecodedImage
    digest: str
    accepted: list[tuple[Accepted, str]] = field(default_factory=list)  # with the key of its crop
    remarks: list[Remark] = field(default_factory=list)
    left_out: int = 0
    crop_key: str = ""
    unused: list[str] = field(default_factory=list)  # keys of crops that no cell took
    quality: dict[str, float | None] | None = None


def record(source: Import, picture: ImportedPicture, ready: Ready) -> PictureState:
    """Enter a picture with its cells, inside the job's transaction; return what became of it."""
    # Whoever adds pictures to a project takes turns here, so "is it there already" stays true.
    project = Project.objects.select_for_update(no_key=True).get(pk=source.project_id)
    if picture.label is not None:
        return _record_crop(source, picture, project, ready)
    same = Field.objects.filter(project=project, pixel_sha256=ready.digest).select_related("slide").first()
    if same is not None:
        return _record_again(source, picture, same, ready)
    slide = slide_for(source, picture, project)
    if slide is None:
        raise Refused(
            Odd.NOT_TAKEN,
            "The slide of this import was moved to the trash meanwhile. Restore it, import again.",
        )
    made = new_field(
        slide=slide,
        title=(picture.more.get("title") or PurePosixPath(picture.path).name or "picture")[:255],
        image=ready.image,
        digest=ready.digest,
        image_key=picture.image_key,
        thumbnail_key=picture.thumbnail_key,
        requester=source.requester,
        analyse=source.analyse,
        quality=ready.quality,
    )
    take_over(made, picture)
    cells = write_imported(
        actor=source.requester,
        project=project,
        field=made,
        cells=[ImportedCell(one.box, one.to_class, key) for one, key in ready.accepted],
        act=act_of(source),
    )
    _tell(source, list(zip(cells, (one.told for one, _ in ready.accepted), strict=True)))
    return mark(
        picture,
        PictureState.STORED,
        made=made,
        cells=len(cells),
        left_out=ready.left_out,
        remarks=ready.remarks,
    )


def _record_again(source: Import, picture: ImportedPicture, same: Field, ready: Ready) -> PictureState:
    """Merge the annotations of a picture that is a field of the project already, where the importer may see it."""
    visible = Field.objects.visible_to(source.requester).filter(pk=same.pk).exists()
    boxes = picture.boxes - picture.unread
    if not (picture.boxes and visible):
        ready.unused = [key for _, key in ready.accepted]
        remark = Remark(picture.path, Odd.DUPLICATE, duplicate_message(same), boxes=boxes)
        return mark(picture, PictureState.DUPLICATE, remarks=[remark])
    merged = merge(
        source=source,
        of=same,
        boxes=[one for one, _ in ready.accepted],
        path=picture.path,
        act=act_of(source),
    )
    fresh = [ready.accepted[at] for at in merged.fresh]
    cells = write_imported(
        actor=source.requester,
        project=source.project,
        field=same,
        cells=[ImportedCell(one.box, one.to_class, key) for one, key in fresh],
        act=act_of(source),
    )
    _tell(source, list(zip(cells, (one.told for one, _ in fresh), strict=True)))
    taken = {key for _, key in fresh}
    ready.unused = [key for _, key in ready.accepted if key not in taken]
    if cells or merged.labelled:
        slide_changed.run(slide_id=same.slide_id, field_id=same.pk, cell_id=None)
    return mark(
        picture,
        PictureState.MERGED,
        made=same,
        cells=len(cells),
        left_out=ready.left_out,
        remarks=[
            Remark(picture.path, Odd.DUPLICATE, f"{duplicate_message(same)} {_LAID_BESIDE}"),
            *ready.remarks,
            *merged.remarks,
        ],
    )


def _record_crop(source: Import, picture: ImportedPicture, project: Project, ready: Ready) -> PictureState:
    if not ready.crop_key or CropDigest.objects.filter(project=project, pixel_sha256=ready.digest).exists():
        return _record_crop_again(source, picture, ready)
    to = source.mapping[picture.label or ""]
    whole = (0.0, 0.0, float(ready.image.width), float(ready.image.height))
    (cell,) = write_imported(
        actor=source.requester,
        project=project,
        field=None,
        cells=[ImportedCell(whole, "" if to == Import.NO_CLASS else to, ready.crop_key)],
        act=act_of(source),
        synthetic=source.origin == Declared.SYNTHETIC,
    )
    CropDigest.objects.create(project=project, cell=cell, pixel_sha256=ready.digest)
    _tell(source, [(cell, picture.more.get("told") or {})])
    return mark(picture, PictureState.STORED, cells=1)


def _record_crop_again(source: Import, picture: ImportedPicture, ready: Ready) -> PictureState:
    """Give the cell that has these pixels the class of the picture, if nobody has said anything of it."""
    ready.unused = [ready.crop_key] if ready.crop_key else []
    known = CropDigest.objects.filter(project=source.project, pixel_sha256=ready.digest)
    cell = known.select_related("cell").get().cell
    to = source.mapping[picture.label or ""]
    if cell.removed_at is not None:
        words = "The same picture of a cell was removed from this project. Bring it back on the page of its import."
        return mark(picture, PictureState.DUPLICATE, remarks=[Remark(picture.path, Odd.DUPLICATE, words)])
    wanted = [] if to == Import.NO_CLASS or cell.current_class else [(cell, to)]
    if label_imported(actor=source.requester, labels=wanted, act=act_of(source)):
        remark = Remark(picture.path, Odd.LABEL_TAKEN, "The same picture had no label, and took this class.")
        return mark(picture, PictureState.MERGED, remarks=[remark])
    remark = Remark(picture.path, Odd.DUPLICATE, _SAME_CROP)
    return mark(picture, PictureState.DUPLICATE, remarks=[remark])


def act_of(source: Import) -> UUID:
    """Return the one name that all events of an import share."""
    return uuid5(source.public_id, "cells")


def _tell(source: Import, pairs: list[tuple[Cell, Any]]) -> None:
    Provenance.objects.bulk_create(
        [Provenance(cell=cell, source=source, told=dict(told)) for cell, told in pairs if told]
    )


def mark(
    picture: ImportedPicture,
    state: PictureState,
    *,
    made: Field | None = None,
    cells: int = 0,
    left_out: int = 0,
    remarks: list[Remark] | None = None,
) -> PictureState:
    """Enter what became of a picture, with its lines; return the state."""
    picture.state = state
    picture.field = made
    picture.cells = cells
    picture.left_out = left_out
    picture.shapes = []
    picture.more = {"slide": picture.more["slide"]} if picture.more.get("slide") else {}
    picture.save(update_fields=["state", "field", "cells", "left_out", "shapes", "more"])
    rows = [as_row(picture.source, one, picture) for one in _shortened(remarks or [])]
    ImportRemark.objects.bulk_create(rows)
    return state


def _shortened(remarks: list[Remark]) -> list[Remark]:
    """Return at most so many lines of one picture, then one for each kind that has more, with all their boxes."""
    kept, rest = remarks[:_LINES], remarks[_LINES:]
    further: dict[Odd, list[Remark]] = {}
    for one in rest:
        further.setdefault(one.odd, []).append(one)
    return kept + [
        Remark(
            many[0].path, odd, f"{len(many)} further lines of this kind.", boxes=sum(m.boxes for m in many)
        )
        for odd, many in further.items()
    ]
