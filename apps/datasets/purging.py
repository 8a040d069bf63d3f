"""What this room keeps about slides goes with them."""

from __future__ import annotations

from apps.core.disposal import remove_rows
from apps.datasets.models import CropDigest, Export, ExportState, ImportedPicture, ImportRemark, Provenance
from apps.slides.models import Slide


def purge(*, slide: Slide) -> list[str]:
    """Forget the names and histories of a slide's pictures; return the archives of exports that hold them."""
    pictures = ImportedPicture.objects.filter(field__slide=slide)
    ImportRemark.objects.filter(picture__in=pictures).update(path="", place="")
    pictures.update(field=None, path="", more={}, shapes=[])
    for model in (Provenance, CropDigest):
        remove_rows(model._default_manager.filter(cell__field__slide=slide))  # noqa: SLF001 - documented by Django
    keys = []
    for export in Export.objects.filter(project=slide.project, state=ExportState.READY):
        if not export.slides or str(slide.public_id) in export.slides:
            keys.append(export.file_key)
            Export.objects.filter(pk=export.pk).update(
                state=ExportState.EXPIRED, file_key="", expires_at=None
            )
    return keys
