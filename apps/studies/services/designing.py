"""Making, changing and discarding the draft of a study."""

from __future__ import annotations

from django.db import transaction
from django.db.models import F
from django.http import HttpRequest
from django.utils import timezone

from apps.accounts.models import Project, User
from apps.accounts.permissions import Action, require
from apps.core import disposal
from apps.core.editing import stale
from apps.core.errors import Conflict, InvalidInput
from apps.jobs.models import ACTIVE_STATES
from apps.registry.selectors import classes_for
from apps.studies.models import Enrolment, State, Study, Transition
from apps.studies.protocol import Protocol
from apps.studies.services.enrolling import consent_digest
from apps.studies.services.staff import (
    held,
    record,
    redrafts,
    refuse_others,
    refuse_readers,
    said,
    thrown_away,
)

_MOST_TITLE = 200


@transaction.atomic
def create_study(
    *, actor: User, project: Project, title: str, protocol: Protocol, request: HttpRequest | None = None
) -> Study:
    """Make a study as a draft.

    Raises:
        NotFound, NotPermitted: the person may not design studies in this project, or reads one of them.
        InvalidInput: there is no title, or the protocol makes no sense (``detail["problems"]``).
    """
    require(actor, Action.STUDY, project)
    refuse_readers(actor, project)
    protocol.validate([one.name for one in classes_for(project)])
    study = Study.objects.create(
        project=project,
        title=_checked_title(title),
        protocol=protocol.to_json(),
        margin=protocol.margin,
        created_by=actor,
    )
    Transition.objects.create(study=study, from_state="", to_state=State.DRAFT, who=actor)
    record(actor=actor, study=study, verb="study-created", request=request)
    return study


@transaction.atomic
def change_study(
    *,
    actor: User,
    study: Study,
    expected_version: int,
    title: str,
    protocol: Protocol,
    request: HttpRequest | None = None,
) -> Study:
    """Give a draft another title and protocol in the place of those of ``expected_version``.

    Readers who consented to another text than the protocol has now are asked again.

    Raises:
        NotFound, NotPermitted: the person may not design this study.
        InvalidInput: as `create_study`.
        Conflict: it is no draft any more ("not-draft"), is being prepared ("preparing"), or somebody changed it since
            ("stale", with both values).
    """
    refuse_others(actor, study)
    title = _checked_title(title)
    protocol.validate([one.name for one in classes_for(study.project)])
    refuse_fixed(study)
    moved = Study.objects.filter(pk=study.pk, state=State.DRAFT, version=expected_version).update(
        title=title,
        protocol=protocol.to_json(),
        margin=protocol.margin,
        protocol_version=F("protocol_version") + 1,
        version=F("version") + 1,
        updated_at=timezone.now(),
    )
    if not moved:
        study.refresh_from_db()
        refuse_fixed(study)
        yours = {"title": title, "protocol": protocol.to_json()}
        raise stale(what="study", yours=yours, current={"title": study.title, "protocol": study.protocol})
    study.refresh_from_db()
    asked = study.enrolments.filter(withdrawn_at=None).exclude(consent_at=None)
    asked.exclude(consent_digest=consent_digest(study)).update(consent_at=None, consent_digest="")
    record(actor=actor, study=study, verb="study-changed", request=request)
    return study


@transaction.atomic
def discard_study(*, actor: User, study: Study, why: str = "", request: HttpRequest | None = None) -> None:
    """Remove a draft for good, with what was drawn for it and who was asked.

    Raises:
        NotFound, NotPermitted: the person may not design this study.
        Conflict: it is no draft, or is being prepared.
    """
    refuse_others(actor, study)
    why = said(why)
    refuse_fixed(held(study))
    disposal.doom(study.cases.exclude(image="").values_list("image", flat=True))
    detail = {**({"why": why} if why else {}), **thrown_away(study), "redrafts": redrafts(study)}
    record(actor=actor, study=study, verb="study-discarded", detail=detail, request=request)
    Transition.objects.filter(study=study).delete()
    Enrolment.objects.filter(study=study).delete()
    study.delete()


def refuse_fixed(study: Study) -> None:
    """Let a draft pass on which no job works.

    Raises:
        Conflict: otherwise.
    """
    if study.state != State.DRAFT:
        raise Conflict(
            "The design cannot be changed any more."
            if study.state != State.PREPARED
            else "The study is prepared. Take it back to a draft to change it.",
            code="not-draft",
            detail={"state": study.state},
        )
    if study.job is not None and study.job.state in ACTIVE_STATES:
        raise Conflict(
            "The study is being prepared. Wait until that is done, or cancel it.", code="preparing"
        )


def _checked_title(title: str) -> str:
    title = " ".join(title.split())
    if not title:
        raise InvalidInput("A study needs a title.", code="title")
    if len(title) > _MOST_TITLE:
        raise InvalidInput(f"A title has at most {_MOST_TITLE} characters.", code="title")
    return title
