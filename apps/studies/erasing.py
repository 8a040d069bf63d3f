"""What this room knows of a person beside acts goes with the person."""

from __future__ import annotations

from django.utils import timezone

from apps.accounts.models import User
from apps.studies.models import Enrolment, Invitation, State, Viewing


def erase(*, user: User) -> None:
    """Forget what an erased reader told of experience and screen, and end what the reader had not finished.

    Readings stay under the study's pseudonym, as labels stay under the person's.
    """
    mine = Enrolment.objects.filter(reader=user)
    ended = (State.CLOSED, State.UNBLINDED)
    mine.filter(withdrawn_at=None).exclude(study__state__in=ended).update(withdrawn_at=timezone.now())
    mine.update(experience={}, screen={})
    Viewing.objects.filter(author=user, screen__isnull=False).update(screen=None)
    Invitation.objects.filter(used_by=user).update(for_name="")
    open_ = Invitation.objects.filter(made_by=user, used_at=None, withdrawn_at=None)
    open_.update(withdrawn_at=timezone.now())
