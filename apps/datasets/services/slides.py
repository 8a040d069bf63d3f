"""Which slide a picture of an import belongs to: always one that this import made."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

from apps.accounts.models import Project
from apps.datasets.models import Grouping, Import, ImportedPicture, PictureState
from apps.slides.models import Field, FieldMark, ScaleSource, Sex, Slide, Specimen
from apps.slides.services.storing import new_slide

_OF_SPECIMEN = {"age_band": 20, "species": 60, "stain": 60, "anticoagulant": 60}


def slide_for(source: Import, picture: ImportedPicture, project: Project) -> Slide | None:
    """Return the slide of a picture, made now when it is the first; ``None`` when it is in the trash."""
    told = picture.more.get("slide")
    if told:
        return _told_slide(source, project, told)
    if source.grouping == Grouping.SLIDE_PER_PICTURE:
        return new_slide(project=project, title=PurePosixPath(picture.path).stem, requester=source.requester)
    earlier = _stored(source).first()
    if earlier is None or earlier.field is None:
        return new_slide(project=project, title=source.title, requester=source.requester)
    slide = earlier.field.slide
    return slide if slide.trashed_at is None else None


def _stored(source: Import) -> Any:
    stored = source.pictures.filter(state=PictureState.STORED, field__isnull=False)
    return stored.select_related("field__slide__specimen").order_by("position")


def _told_slide(source: Import, project: Project, told: dict[str, Any]) -> Slide | None:
    """Return the slide that a bundle tells of; its specimen is made anew, under its own pseudonym if that is free."""
    earlier = _stored(source).filter(more__slide__id=told.get("id")).first()
    if earlier is not None:
        found: Slide = earlier.field.slide
        return found if found.trashed_at is None else None
    of_specimen = told.get("specimen")
    specimen: dict[str, Any] = of_specimen if isinstance(of_specimen, dict) else {}
    sibling = (
        _stored(source).filter(more__slide__specimen__id=specimen.get("id")).first() if specimen else None
    )
    title = _text(told.get("title"), 200)
    if sibling is not None:
        of = sibling.field.slide.specimen
        return Slide.objects.create(
            specimen=of,
            project=project,
            title=title or of.pseudonym,
            simulated=told.get("simulated") is True,
            created_by=source.requester,
        )
    made = new_slide(
        project=project,
        title=title,
        requester=source.requester,
        simulated=told.get("simulated") is True,
    )
    _describe(made, specimen, named=bool(title))
    return made


def _describe(slide: Slide, told: dict[str, Any], *, named: bool) -> None:
    of = slide.specimen
    wanted = _text(told.get("pseudonym"), 40)
    if wanted and not Specimen.objects.filter(project=slide.project, pseudonym=wanted).exists():
        of.pseudonym = wanted
        if not named:
            slide.title = wanted
            slide.save(update_fields=["title"])
    for name, most in _OF_SPECIMEN.items():
        setattr(of, name, _text(told.get(name), most))
    of.sex = told["sex"] if told.get("sex") in Sex.values else Sex.UNKNOWN
    of.save()


def take_over(field: Field, picture: ImportedPicture) -> None:
    """Give a new field the scale and the mark "complete" that a bundle tells of; the mark is the importer's."""
    scale, where = picture.more.get("um_per_px"), picture.more.get("scale_source")
    changed = []
    if (
        field.um_per_px is None
        and isinstance(scale, int | float)
        and 0 < scale < 100
        and where in {*ScaleSource.values} - {""}
    ):
        field.um_per_px, field.scale_source = float(scale), where
        changed += ["um_per_px", "scale_source"]
    if picture.more.get("complete") is True:
        field.complete = True
        changed.append("complete")
        FieldMark.objects.create(field=field, actor=picture.source.requester, complete=True)
    if changed:
        field.save(update_fields=changed)


def _text(value: Any, most: int) -> str:
    return " ".join(str(value).split())[:most] if isinstance(value, str) else ""
