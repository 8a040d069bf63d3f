"""Links that make a person a reader of one study, and give no other right."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from apps.accounts.models import User
from apps.accounts.tokens import hash_of, new_token
from apps.core.errors import Conflict, Gone, InvalidInput, NotFound
from apps.studies.models import Enrolment, Invitation, State, Study
from apps.studies.services.enrolling import add_reader
from apps.studies.services.staff import record, refuse_others

LASTS = timedelta(days=14)
LONGEST = timedelta(days=180)
_MOST_NAME = 150


@transaction.atomic
def invite(
    *,
    actor: User,
    study: Study,
    for_name: str = "",
    expires_at: datetime | None = None,
    request: HttpRequest | None = None,
) -> tuple[Invitation, str]:
    """Make an invitation; return it with its token, which is shown once and stored nowhere.

    Raises:
        NotFound, NotPermitted: the person may not design this study.
        InvalidInput: the name is too long, or the time is none to come within `LONGEST`.
        Conflict: the study is closed.
    """
    refuse_others(actor, study)
    if study.state in {State.CLOSED, State.UNBLINDED}:
        raise Conflict("The study is closed: nobody can be invited any more.", code="study-closed")
    for_name = " ".join(for_name.split())
    if len(for_name) > _MOST_NAME:
        raise InvalidInput(f"A name has at most {_MOST_NAME} characters.", code="name")
    now = timezone.now()
    expires_at = expires_at or now + LASTS
    if not now < expires_at <= now + LONGEST:
        raise InvalidInput(f"A link lasts at most {LONGEST.days} days.", code="expires")
    token = new_token()
    invitation = Invitation.objects.create(
        study=study, token_hash=hash_of(token), for_name=for_name, made_by=actor, expires_at=expires_at
    )
    record(
        actor=actor,
        study=study,
        verb="study-invited",
        detail={"invitation": str(invitation.public_id)},
        request=request,
    )
    return invitation, token


@transaction.atomic
def withdraw_invitation(*, actor: User, invitation: Invitation, request: HttpRequest | None = None) -> None:
    """Make an open invitation useless; one that is closed already stays as it is.

    Raises:
        NotFound, NotPermitted: the person may not design this study.
    """
    refuse_others(actor, invitation.study)
    open_ = Invitation.objects.filter(pk=invitation.pk, used_at=None, withdrawn_at=None)
    if open_.update(withdrawn_at=timezone.now()):
        record(
            actor=actor,
            study=invitation.study,
            verb="study-invitation-withdrawn",
            detail={"invitation": str(invitation.public_id)},
            request=request,
        )


def find_invitation(*, token: str) -> Invitation:
    """Return the invitation that a token opens.

    Raises:
        NotFound: there was never such a link.
        Gone: it is used, withdrawn or expired, or its study is over.
    """
    invitations = Invitation.objects.select_related("study__project")
    invitation = invitations.filter(token_hash=hash_of(token)).first()
    if invitation is None:
        raise NotFound("There is no such link. Check that you copied all of it.")
    if (
        invitation.used_at is not None
        or invitation.withdrawn_at is not None
        or invitation.expires_at <= timezone.now()
        or invitation.study.state in {State.CLOSED, State.UNBLINDED}
    ):
        raise _closed()
    return invitation


@transaction.atomic
def accept_invitation(*, invitation: Invitation, user: User, request: HttpRequest | None = None) -> Enrolment:
    """Make the person a reader; the link is used up. Who reads the study already gets the own enrolment back.

    Raises:
        Gone: the link was used, withdrawn or has expired meanwhile.
        Conflict, InvalidInput: the person cannot read this study, see `enrol`; the link stays open then.
    """
    mine = Enrolment.objects.filter(study=invitation.study, reader=user, withdrawn_at=None).first()
    if mine is not None:
        return mine
    now = timezone.now()
    open_ = Invitation.objects.filter(pk=invitation.pk, used_at=None, withdrawn_at=None, expires_at__gt=now)
    if not open_.update(used_at=now, used_by=user):
        raise _closed()
    enrolment = add_reader(study=invitation.study, reader=user)
    record(
        actor=user,
        study=invitation.study,
        verb="study-joined",
        detail={"invitation": str(invitation.public_id), "pseudonym": enrolment.pseudonym},
        request=request,
    )
    return enrolment


def _closed() -> Gone:
    return Gone(
        "This link has been used or withdrawn, or it has expired. Ask whoever sent it for a new one.",
        code="link-closed",
    )
