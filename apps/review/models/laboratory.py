from __future__ import annotations

from typing import ClassVar, Self

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q

from apps.accounts.models import Membership, User
from apps.accounts.models import Role as ProjectRole
from apps.core.models import PublicModel


class LaboratoryQuerySet(models.QuerySet["Laboratory"]):
    """Reads of laboratories."""

    def managed_by(self, user: User | AnonymousUser) -> Self:
        """Return the laboratories of projects that the person manages; a site administrator's are all."""
        if not user.is_active or not isinstance(user, User):
            return self.none()
        if user.is_superuser:
            return self
        managed = Membership.objects.filter(user=user, role=ProjectRole.MANAGER).values("project")
        return self.filter(rules__project__in=managed).distinct()


class Laboratory(PublicModel):
    """Whose reference ranges a project judges by; projects of one laboratory share them."""

    name = models.CharField(max_length=120)

    objects = LaboratoryQuerySet.as_manager()

    class Meta(PublicModel.Meta):
        ordering: ClassVar[list[str]] = ["name", "id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=~Q(name=""), name="review_laboratory_has_name"),
        ]

    def __str__(self) -> str:
        return self.name
