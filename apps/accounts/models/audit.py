from typing import ClassVar

from django.db import models

from apps.accounts.models.project import Project
from apps.accounts.models.user import User
from apps.core.models import PublicModel


class AuditEvent(PublicModel):
    """Who did what, when, from where; a trigger refuses to change or delete one.

    People and projects are kept: a person who left is deactivated, not deleted.
    """

    actor = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    verb = models.CharField(max_length=40)
    project = models.ForeignKey(Project, null=True, on_delete=models.PROTECT, related_name="+")
    target = models.CharField(max_length=200, blank=True)
    detail = models.JSONField(default=dict)
    address = models.GenericIPAddressField(null=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["project", "-id"], name="accounts_audit_project"),
            models.Index(fields=["actor", "-id"], name="accounts_audit_actor"),
            models.Index(fields=["target", "-id"], name="accounts_audit_target"),
            models.Index(fields=["created_at"], name="accounts_audit_created"),
            # Labels are most of the record and are found by their cell or their person: they need not pay for this.
            models.Index(
                fields=["verb", "-id"], name="accounts_audit_verb", condition=~models.Q(verb="labelled")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.actor or 'somebody'} {self.verb} {self.target}".rstrip()
