"""What this room knows of a person beside acts goes with the person."""

from __future__ import annotations

from django.utils import timezone

from apps.accounts.models import User
from apps.studies.models import Enrolment, Invitation, Viewing
from apps.studies.selectors.leaving import OF_A_STUDY_ONCE_CLOSED


def erase(*, user: User) -> None:
    """Forget what an erased reader told of experience and screen, and end what the reader had not finished.

    Readings stay under the study's pseudonym, as labels stay under the person's. Those of a study that was closed once
    count on, opened again or not: its answers could be seen, and nobody picks readers by erasing them.
    """
    mine = Enrolment.objects.filter(reader=user)
    mine.filter(withdrawn_at=None).exclude(OF_A_STUDY_ONCE_CLOSED).update(withdrawn_at=timezone.now())
    mine.update(experience={}, screen={})
    Viewing.objects.filter(author=user, screen__isnull=False).update(screen=None)
    Invitation.objects.filter(used_by=user).update(for_name="")
    open_ = Invitation.objects.filter(made_by=user, used_at=None, withdrawn_at=None)
    open_.update(withdrawn_at=timezone.now())
