from typing import ClassVar

from django.db import models

from apps.accounts.models.project import Project, Role
from apps.accounts.models.user import User
from apps.core.models import PublicModel


class AccountLink(PublicModel):
    """A link that an administrator hands over by whatever way people have: there is no mail server.

    The database knows only the hash of its token, so a copy of the database opens no account.
    """

    class Purpose(models.TextChoices):
        """What following the link does."""

        INVITATION = "invitation", "Invitation"
        RESET = "reset", "Password reset"

    purpose = models.CharField(max_length=16, choices=Purpose.choices)
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    user = models.ForeignKey(User, null=True, on_delete=models.CASCADE, related_name="links")
    email = models.EmailField()
    name = models.CharField(max_length=150, blank=True)
    project = models.ForeignKey(Project, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    role = models.CharField(max_length=16, choices=Role.choices, blank=True)
    is_site_admin = models.BooleanField(default=False)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-created_at", "-id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(purpose="invitation", user=None)
                | models.Q(purpose="reset", user__isnull=False)
                # An invitation that was followed knows whom it made.
                | models.Q(purpose="invitation", used_at__isnull=False),
                name="accounts_link_reset_has_user",
            ),
            models.CheckConstraint(
                condition=models.Q(project=None, role="")
                | models.Q(project__isnull=False, role__in=Role.values),
                name="accounts_link_role_with_project",
            ),
            models.CheckConstraint(
                condition=models.Q(purpose="invitation") | models.Q(project=None, is_site_admin=False),
                name="accounts_link_reset_gives_nothing",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_purpose_display()} for {self.email}"
