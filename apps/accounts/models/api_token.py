from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import Q

from apps.accounts.models.user import User
from apps.core.models import PublicModel


class Scope(models.TextChoices):
    """What a token may be used for; never more than the role of its person allows."""

    READ = "read", "See and download"
    LABEL = "label", "Label cells"
    UPLOAD = "upload", "Add and describe slides, import and export, start and cancel jobs"
    MANAGE = "manage", "Change projects and members"


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    """Reads of tokens."""

    def in_force(self, now: datetime) -> "ApiTokenQuerySet":
        """Return the tokens that open the API at this moment."""
        return self.filter(revoked_at=None, expires_at__gt=now, user__is_active=True)


class ApiToken(PublicModel):
    """A key with which a program acts for a person, in the API only, until it ends or is revoked.

    The database knows only the hash of the key, so a copy of the database opens nothing. Rows are kept: the record of
    what a token did names it.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=80, help_text="What it is for, such as the name of a machine.")
    key_hash = models.CharField(max_length=64, unique=True, editable=False)
    ending = models.CharField(max_length=4, editable=False)  # of the key, so that a person can tell two apart
    scopes = models.JSONField(default=list)  # words of Scope; any other word allows nothing
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)  # to the minute
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = ApiTokenQuerySet.as_manager()

    class Meta(PublicModel.Meta):
        ordering: ClassVar[list[str]] = ["-id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=~Q(name=""), name="accounts_api_token_has_name"),
            models.CheckConstraint(
                condition=Q(expires_at__gt=models.F("created_at")), name="accounts_api_token_ends_later"
            ),
        ]

    def __str__(self) -> str:
        return self.name
