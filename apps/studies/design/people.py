"""Who may be asked to read a study, and which links are still open."""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils import timezone

from apps.accounts.models import User
from apps.studies.models import Invitation, Study
from apps.studies.selectors.record import looked_after


def candidates(study: Study) -> QuerySet[User]:
    """Return the members of the project who know nothing of the study: neither read it nor looked after it."""
    return (
        User.objects.filter(memberships__project=study.project_id, is_active=True)
        .exclude(pk__in=looked_after(study).values("pk"))
        .exclude(pk__in=study.enrolments.values("reader"))
        .order_by("name", "email")
    )


def open_invitations(study: Study) -> QuerySet[Invitation]:
    """Return the links that somebody could still follow, the newest first."""
    return study.invitations.filter(used_at=None, withdrawn_at=None, expires_at__gt=timezone.now()).order_by(
        "-pk"
    )
