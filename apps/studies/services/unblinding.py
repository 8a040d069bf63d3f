"""Opening the key of a closed study; by two persons where its protocol says so."""

from __future__ import annotations

from django.db import transaction
from django.http import HttpRequest

from apps.accounts.models import User
from apps.accounts.permissions import Action
from apps.core.errors import Conflict
from apps.studies import hooks
from apps.studies.models import State, Study, UnblindRequest
from apps.studies.services.staff import held, not_now, record, refuse_others, said, step

_WHY = "Say why: it is kept with the study."


@transaction.atomic
def unblind(*, actor: User, study: Study, why: str, request: HttpRequest | None = None) -> Study:
    """Open the key. Where it takes two persons, the study stays closed until the second of them asks for it.

    Raises:
        NotFound, NotPermitted: the person may not unblind, or is a reader of the study.
        InvalidInput: no reason is given.
        Conflict: the study is not closed, or the same person asked already ("second-person").
    """
    refuse_others(actor, study, Action.UNBLIND)
    why = said(why, needed=_WHY)
    if held(study).state != State.CLOSED:
        raise not_now(study)
    if study.plan.two_person_unblinding:
        asked = UnblindRequest.objects.filter(study=study).first()
        if asked is None:
            UnblindRequest.objects.create(study=study, who=actor, why=why)
            record(actor=actor, study=study, verb="study-unblind-asked", detail={"why": why}, request=request)
            return study
        if asked.who_id == actor.pk:
            raise Conflict("A second person must unblind this study.", code="second-person")
    study = step(
        actor=actor,
        study=study,
        to=State.UNBLINDED,
        why=why,
        verb="study-unblinded",
        from_=(State.CLOSED,),
        request=request,
    )
    hooks.after_unblinding.run(study=study, actor=actor)
    return study


@transaction.atomic
def withdraw_unblind_request(*, actor: User, study: Study, request: HttpRequest | None = None) -> None:
    """Take back what the first of two persons asked for.

    Raises:
        NotFound, NotPermitted: the person may not unblind.
        Conflict: nothing is asked for.
    """
    refuse_others(actor, study, Action.UNBLIND)
    removed, _ = UnblindRequest.objects.filter(study=study, study__state=State.CLOSED).delete()
    if not removed:
        raise Conflict("Nobody has asked for this study to be unblinded.", code="not-asked")
    record(actor=actor, study=study, verb="study-unblind-withdrawn", request=request)
