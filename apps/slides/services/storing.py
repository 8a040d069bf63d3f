"""One decoded picture becomes one field: for uploads and for imports alike."""

from __future__ import annotations

from apps.accounts.models import Project, User
from apps.core import disk, storage
from apps.core.registries import after_ingest
from apps.jobs.errors import JobFailed
from apps.slides.models import Field, ScaleSource, Slide, Specimen
from ml.images import DecodedImage, encode_png, encode_thumbnail
from ml.images.quality import measure


def write_pictures(image: DecodedImage, *, image_key: str, thumbnail_key: str) -> None:
    """Store a field's pixels, lossless and without any metadata, and its small picture; both or none.

    Raises:
        JobFailed: when the disk is full.
    """
    try:
        storage.save_bytes(image_key, encode_png(image.pixels))
        storage.save_bytes(thumbnail_key, encode_thumbnail(image.pixels))
    except (OSError, disk.DiskFull) as error:
        storage.delete_key(image_key)
        storage.delete_key(thumbnail_key)
        full = error if isinstance(error, disk.DiskFull) else disk.refusal(error)
        if full is None:
            raise
        raise JobFailed(full.message, retry=True) from error


def new_field(
    *,
    slide: Slide,
    title: str,
    image: DecodedImage,
    digest: str,
    image_key: str,
    thumbnail_key: str,
    requester: User | None,
    analyse: bool,
    quality: dict[str, float | None] | None = None,
) -> Field:
    """Enter a field whose pictures are stored, and tell the rooms above; runs inside the job's transaction.

    The caller holds the project's row, so that the next free number stays true, and has measured the ``quality``
    before (`measure_quality`): a transaction is no place for figures. Without it an analysis will.
    """
    um_per_px, source = _scale(image, slide)
    last = slide.fields.order_by("-position").values_list("position", flat=True).first() or 0
    field = Field.objects.create(
        slide=slide,
        project_id=slide.project_id,
        position=last + 1,
        title=title,
        image_key=image_key,
        thumbnail_key=thumbnail_key,
        width=image.width,
        height=image.height,
        pixel_sha256=digest,
        um_per_px=um_per_px,
        scale_source=source,
        notices=list(image.notices),
        quality=quality,
    )
    after_ingest.run(slide=slide, field=field, requester=requester, analyse=analyse)
    return field


def measure_quality(image: DecodedImage, slide: Slide | None) -> dict[str, float | None]:
    """Return the figures of a picture's quality, before its field is made; ``slide`` when it exists already."""
    device = slide.device if slide is not None else None
    return measure(image.pixels, image.um_per_px or (device.um_per_px if device is not None else None))


def new_slide(*, project: Project, title: str, requester: User | None, simulated: bool = False) -> Slide:
    """Make a slide of a new specimen with the next free pseudonym; the title is that pseudonym when it is empty."""
    number = Specimen.objects.filter(project=project).count() + 1
    while Specimen.objects.filter(project=project, pseudonym=f"S-{number:04d}").exists():
        number += 1
    specimen = Specimen.objects.create(project=project, pseudonym=f"S-{number:04d}")
    return Slide.objects.create(
        specimen=specimen,
        project=project,
        title=title.strip()[:200] or specimen.pseudonym,
        simulated=simulated,
        created_by=requester,
    )


def _scale(image: DecodedImage, slide: Slide) -> tuple[float | None, ScaleSource]:
    if image.um_per_px is not None:
        return image.um_per_px, ScaleSource.FILE
    if slide.device is not None and slide.device.um_per_px is not None:
        return slide.device.um_per_px, ScaleSource.DEVICE
    return None, ScaleSource.UNKNOWN
