"""What a reader's page holds, as plain values: the same shape whatever an image shows and whatever was answered."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.urls import reverse

from apps.core.errors import NotFound
from apps.registry.selectors import classes_for
from apps.slides.selectors import NOTHING_HERE
from apps.studies.models import Enrolment, Study
from apps.studies.protocol import Protocol
from apps.studies.reading.answers import choices
from apps.studies.services import reading as services

Json = dict[str, Any]


def reading_document(enrolment: Enrolment) -> Json:
    """Return what is to be read now.

    Raises:
        Conflict: the study is not open, or there is no consent yet.
        Gone: the reader has withdrawn.
    """
    return document_of(enrolment, services.serve(enrolment=enrolment))


def document_of(enrolment: Enrolment, found: services.Next | None) -> Json:
    """Return a reader's page for what comes next."""
    study = enrolment.study
    plan = study.plan
    if found is None:
        return _document(plan, study.project, state="done")
    if found.opens_at is not None:
        return _document(plan, study.project, state="later", found=found, opens_at=found.opens_at)
    part = "practice" if found.practice else "reading"
    shown = {
        "slot": found.slot_position,
        "part": part,
        "sitting": found.sitting,
        "position": found.position,
        "image": image_url(enrolment, found.image),
        "prefetch": image_url(enrolment, found.prefetch) if found.prefetch else None,
        "questions": list(found.questions),
        "break_due": found.break_due,
        "back": found.slot_position - 1 if plan.going_back and found.position > 1 else None,
        "said": None,
    }
    return _document(plan, study.project, state=part, found=found, next_=shown)


def earlier_document(enrolment: Enrolment, slot_position: int) -> Json:
    """Return an image that was read before, with what was said of it last, where the protocol lets readers go back.

    Raises:
        NotFound: there is no such image, it was not read yet, or nobody goes back in this study.
        Conflict, Gone: as `reading_document`.
    """
    document = reading_document(enrolment)
    plan = enrolment.study.plan
    slots = enrolment.slots.exclude(case__image="").select_related("case")
    slot = slots.filter(position=slot_position).first()
    said = slot.readings.order_by("revision").last() if slot and plan.going_back else None
    if slot is None or said is None:
        raise NotFound(NOTHING_HERE)
    practice = slot.case.practice
    before = enrolment.slots.filter(
        position__lt=slot_position, sitting=slot.sitting, case__practice=practice
    ).count()
    address = services.address_of(
        study=enrolment.study, who=enrolment.pseudonym, code=slot.case.code, sitting=slot.sitting
    )
    part = "practice" if practice else "reading"
    return {
        **document,
        "state": part,
        "next": {
            "slot": slot_position,
            "part": part,
            "sitting": slot.sitting,
            "position": before + 1,
            "image": image_url(enrolment, address),
            "prefetch": None,
            "questions": list(plan.questions_of(slot.sitting, practice=practice)),
            "break_due": False,
            "back": slot_position - 1 if before else None,
            "said": {"answer": said.answer or None, "realism": said.realism},
        },
    }


def image_url(enrolment: Enrolment, address: str) -> str:
    """Return where a reader's browser finds an image."""
    return reverse("studies:reading-image", args=[enrolment.public_id, address])


def _document(
    plan: Protocol,
    project: Any,
    *,
    state: str,
    found: services.Next | None = None,
    opens_at: datetime | None = None,
    next_: Json | None = None,
) -> Json:
    return {
        "state": state,
        "answered": found.answered if found else 0,
        "total": found.n if found else 0,
        "side": plan.image_side,
        "opens_at": opens_at.isoformat() if opens_at else None,
        "classes": [choice.as_json() for choice in choices(plan.classes, classes_for(project))],
        "next": next_,
    }


def preview_documents(study: Study, image_urls: Sequence[str]) -> list[Json]:
    """Return a reader's page for each of some images, for staff who try a study before it is read."""
    plan = study.plan
    n = len(image_urls)
    return [
        {
            **_document(plan, study.project, state="practice"),
            "answered": at,
            "total": n,
            "next": {
                "slot": at + 1,
                "part": "practice",
                "sitting": 1,
                "position": at + 1,
                "image": url,
                "prefetch": image_urls[at + 1] if at + 1 < n else None,
                "questions": list(plan.questions),
                "break_due": False,
                "back": None,
                "said": None,
            },
        }
        for at, url in enumerate(image_urls)
    ]
