from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from apps.accounts.models import User
from apps.core.models import PublicModel
from apps.studies.models.study import Study


class Invitation(PublicModel):
    """A link that makes whoever follows it a reader of one study, and gives no other right.

    The database knows only the hash of its token. ``for_name`` is what the staff calls whom it is for.
    """

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="invitations")
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    for_name = models.CharField(max_length=150, blank=True)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    expires_at = models.DateTimeField()
    used_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    used_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta(PublicModel.Meta):
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(used_by__isnull=True, used_at__isnull=True)
                | Q(used_by__isnull=False, used_at__isnull=False),
                name="studies_invitation_used_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"invitation to study {self.study_id}"
