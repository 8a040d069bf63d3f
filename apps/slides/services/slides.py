"""Naming and describing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q

from apps.accounts.models import User
from apps.accounts.permissions import Action, require
from apps.core.editing import refuse_stale, stale
from apps.core.errors import Conflict, InvalidInput
from apps.slides.models import (
    DeviceProfile,
    Field,
    FileState,
    ScaleSource,
    Sex,
    Slide,
    Specimen,
    UploadFile,
)
from apps.slides.selectors import details_of


def rename_fields(*, actor: User, slide: Slide, titles: Mapping[UUID, str], seen: Mapping[UUID, str]) -> int:
    """Give fields of a slide other titles, by public id; return how many changed.

    ``seen`` holds the titles that the person saw: what the person left as it was, somebody else may have changed.

    A title is the file's name at first, which may be personal data: the report of the upload forgets it too.

    Raises:
        NotFound, NotPermitted: the person may not change slides of this project.
        InvalidInput: a title is empty or too long; then none is changed.
        Conflict: somebody changed one of these titles since; then none is changed, and ``detail`` holds both.
    """
    require(actor, Action.UPLOAD, slide.project)
    edited = {field: title for field, title in titles.items() if title != seen.get(field)}
    changed, moved_on = 0, []
    with transaction.atomic():
        for field in Field.objects.filter(slide=slide, public_id__in=edited):
            title = " ".join(edited[field.public_id].split())
            if not 1 <= len(title) <= 255:
                raise InvalidInput(
                    f"The title of field {field.position} must have 1 to 255 characters.", code="title"
                )
            if title == field.title:
                continue
            if Field.objects.filter(pk=field.pk, title=seen.get(field.public_id, "")).update(title=title):
                UploadFile.objects.filter(field=field, state=FileState.STORED).update(filename=title)
                changed += 1
            else:
                moved_on.append(field.public_id)
        if moved_on:
            transaction.set_rollback(True)
    if moved_on:
        now = Field.objects.filter(public_id__in=moved_on).values_list("public_id", "title")
        raise stale(
            what="slide",
            yours={str(field): edited[field] for field in moved_on},
            current={str(field): title for field, title in now},
        )
    return changed


def describe(
    *,
    actor: User,
    slide: Slide,
    title: str,
    pseudonym: str,
    age_band: str = "",
    sex: str = "",
    species: str = "",
    stain: str = "",
    anticoagulant: str = "",
    collected_at: datetime | None = None,
    device: DeviceProfile | None = None,
    version: str,
) -> Slide:
    """Say what a slide is: its title, its specimen, and the device that took its fields.

    The edit stands on the values of ``version``; see `apps.core.editing`. A device with a scale gives it to the
    fields whose file said nothing; what a file said stays.

    Raises:
        NotFound, NotPermitted: the person may not change slides of this project.
        InvalidInput: a value makes no sense.
        Conflict: another specimen of the project has this pseudonym; or somebody changed a value since, and
            ``detail`` holds both.
    """
    require(actor, Action.UPLOAD, slide.project)
    if device is not None and device.project_id != slide.project_id:
        raise InvalidInput("The device belongs to another project.", code="device")
    of_specimen = checked_specimen(
        pseudonym=pseudonym,
        age_band=age_band,
        sex=sex,
        species=species,
        stain=stain,
        anticoagulant=anticoagulant,
        collected_at=collected_at,
    )
    wanted = {"title": checked_title(title), "device": device, **of_specimen}
    seen = details_of(slide)
    refuse_stale(seen=version, what="slide", yours=wanted, current=seen)
    try:
        with transaction.atomic():
            specimens = Specimen.objects.filter(
                pk=slide.specimen_id, **{name: seen[name] for name in of_specimen}
            )
            slides = Slide.objects.filter(pk=slide.pk, title=seen["title"], device=seen["device"])
            moved = specimens.update(**of_specimen) and slides.update(title=wanted["title"], device=device)
            if moved:
                slide.refresh_from_db()
                take_scale(slide)
            else:
                # One of the two may have moved; what stands is read after it is taken back.
                transaction.set_rollback(True)
    except IntegrityError as error:
        raise Conflict(
            f"Another specimen of this project is called {of_specimen['pseudonym']}.", code="pseudonym"
        ) from error
    slide.refresh_from_db()
    if not moved:
        raise stale(what="slide", yours=wanted, current=details_of(slide))
    return slide


def add_device(
    *,
    actor: User,
    slide: Slide,
    name: str,
    objective: str = "",
    um_per_px: float | None = None,
    version: str,
) -> DeviceProfile:
    """Remember a device of the slide's project and make it the slide's, with its scale for fields that had none.

    Raises:
        NotFound, NotPermitted: the person may not change slides of this project.
        InvalidInput: a value makes no sense.
        Conflict: the project knows a device of this name; or the slide's device is not that of ``version``.
    """
    require(actor, Action.UPLOAD, slide.project)
    name = " ".join(name.split())
    if not name:
        raise InvalidInput("A device needs a name.", code="name")
    if um_per_px is not None and um_per_px <= 0:
        raise InvalidInput("Micrometres per pixel must be above zero.", code="um_per_px")
    yours, seen = {"device": name}, {"device": slide.device}
    refuse_stale(seen=version, what="slide's device", yours=yours, current=seen)
    try:
        with transaction.atomic():
            device = DeviceProfile.objects.create(
                project=slide.project, name=name, objective=objective.strip(), um_per_px=um_per_px
            )
            moved = Slide.objects.filter(pk=slide.pk, **seen).update(device=device)
            slide.refresh_from_db()
            if not moved:
                raise stale(what="slide's device", yours=yours, current={"device": slide.device})
            take_scale(slide)
    except IntegrityError as error:
        raise Conflict(f"This project has a device called “{name}” already.", code="name") from error
    return device


def checked_specimen(
    *,
    pseudonym: str,
    age_band: str,
    sex: str,
    species: str,
    stain: str,
    anticoagulant: str,
    collected_at: datetime | None,
) -> dict[str, Any]:
    """Return what is to stand of a specimen, without blanks around.

    Raises:
        InvalidInput: when a value makes no sense.
    """
    pseudonym = " ".join(pseudonym.split())
    if not pseudonym:
        raise InvalidInput("A specimen needs a pseudonym.", code="pseudonym")
    if sex not in Sex.values:
        raise InvalidInput("This is not one of the choices for sex.", code="sex")
    return {
        "pseudonym": pseudonym,
        "age_band": age_band.strip(),
        "sex": sex,
        "species": species.strip(),
        "stain": stain.strip(),
        "anticoagulant": anticoagulant.strip(),
        "collected_at": collected_at,
    }


def checked_title(title: str) -> str:
    """Return a slide's title as it may stand.

    Raises:
        InvalidInput: when it is empty or too long.
    """
    title = " ".join(title.split())
    if not title:
        raise InvalidInput("A slide needs a title.", code="title")
    if len(title) > 200:
        raise InvalidInput("A slide's title has at most 200 characters.", code="title")
    return title


def take_scale(slide: Slide) -> None:
    """Bring the fields that have no scale of their own in line with the slide's device."""
    scale = slide.device.um_per_px if slide.device is not None else None
    fields = Field.objects.filter(slide=slide).filter(
        Q(scale_source__in=(ScaleSource.UNKNOWN, ScaleSource.DEVICE))
        | (Q(scale_source=ScaleSource.ESTIMATED) if scale is not None else Q(pk__in=()))
    )
    source = ScaleSource.DEVICE if scale is not None else ScaleSource.UNKNOWN
    fields.update(um_per_px=scale, scale_source=source)
