"""What the site's record says of a study."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from apps.accounts.models import AuditEvent, User
from apps.studies.models import Study

_LOOKED_AFTER = (
    "study-created",
    "study-changed",
    "study-preparing",
    "study-audit-acknowledged",
    "study-invited",
    "study-invitation-withdrawn",
    "study-reader-enrolled",
    "study-unblind-asked",
    "study-model-asked",
    "exported",
)
_WITH_ANSWERS = ("study trials.csv", "study study.zip")


def looked_after(study: Study) -> QuerySet[User]:
    """Return who made, changed, audited or moved a study, asked others to read it or took files out of it."""
    acts = _of(study).filter(verb__in=_LOOKED_AFTER).exclude(actor=None)
    steps = study.transitions.exclude(who=None)
    return User.objects.filter(
        Q(pk=study.created_by_id)
        | Q(pk__in=steps.order_by().values("who"))
        | Q(pk__in=acts.order_by().values("actor"))
    )


def answers_taken_out(study: Study) -> bool:
    """Return whether somebody has taken a file with the readers' answers out of a study."""
    return _of(study).filter(verb="exported", detail__what__in=_WITH_ANSWERS).exists()


def _of(study: Study) -> QuerySet[AuditEvent]:
    return AuditEvent.objects.filter(target=f"study:{study.public_id}")
