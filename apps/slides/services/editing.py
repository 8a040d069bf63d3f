"""Changing one thing at a time: a slide, its specimen, the title of a field; each on the version that was seen."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from apps.accounts.models import User
from apps.accounts.permissions import Action, require
from apps.core.editing import refuse_stale, stale
from apps.core.errors import Conflict, InvalidInput
from apps.slides.models import DeviceProfile, Field, Slide, Specimen
from apps.slides.selectors import field_values, slide_values, specimen_values
from apps.slides.services.slides import checked_specimen, checked_title, rename_fields, take_scale


def change_slide(*, actor: User, slide: Slide, title: str, device: UUID | None, version: str) -> Slide:
    """Give a slide another title or device; the device's scale goes to the fields whose file said nothing.

    Raises:
        NotFound, NotPermitted: the person may not change slides of this project.
        InvalidInput: the title is empty or too long, or the project has no such device.
        Conflict: somebody changed the slide since ``version``; ``detail`` holds both values.
    """
    require(actor, Action.UPLOAD, slide.project)
    found = None
    if device is not None:
        found = DeviceProfile.objects.filter(project=slide.project, public_id=device).first()
        if found is None:
            raise InvalidInput("This project has no such device.", code="device")
    wanted = {"title": checked_title(title), "device": device}
    refuse_stale(seen=version, what="slide", yours=wanted, current=slide_values(slide))
    with transaction.atomic():
        mine = Slide.objects.filter(pk=slide.pk, title=slide.title, device=slide.device)
        moved = mine.update(title=wanted["title"], device=found)
        if moved:
            slide.refresh_from_db()
            take_scale(slide)
    slide.refresh_from_db()
    if not moved:
        raise stale(what="slide", yours=wanted, current=slide_values(slide))
    return slide


def change_specimen(
    *,
    actor: User,
    specimen: Specimen,
    pseudonym: str,
    age_band: str,
    sex: str,
    species: str,
    stain: str,
    anticoagulant: str,
    collected_at: datetime | None,
    version: str,
) -> Specimen:
    """Say what a specimen is.

    Raises:
        NotFound, NotPermitted: the person may not change slides of this project.
        InvalidInput: a value makes no sense.
        Conflict: another specimen of the project has this pseudonym; or somebody changed this one since ``version``,
            and ``detail`` holds both values.
    """
    require(actor, Action.UPLOAD, specimen.project)
    wanted = checked_specimen(
        pseudonym=pseudonym,
        age_band=age_band,
        sex=sex,
        species=species,
        stain=stain,
        anticoagulant=anticoagulant,
        collected_at=collected_at,
    )
    seen = specimen_values(specimen)
    refuse_stale(seen=version, what="specimen", yours=wanted, current=seen)
    try:
        with transaction.atomic():
            moved = Specimen.objects.filter(pk=specimen.pk, **seen).update(**wanted)
    except IntegrityError as error:
        raise Conflict(
            f"Another specimen of this project is called {wanted['pseudonym']}.", code="pseudonym"
        ) from error
    specimen.refresh_from_db()
    if not moved:
        raise stale(what="specimen", yours=wanted, current=specimen_values(specimen))
    return specimen


def rename_field(*, actor: User, field: Field, title: str, version: str) -> Field:
    """Give a field another title. Raises as `rename_fields`, on the title of ``version``."""
    require(actor, Action.UPLOAD, field.project)
    seen = field_values(field)
    refuse_stale(seen=version, what="field", yours={"title": title}, current=seen)
    rename_fields(
        actor=actor,
        slide=field.slide,
        titles={field.public_id: title},
        seen={field.public_id: seen["title"]},
    )
    field.refresh_from_db()
    return field
