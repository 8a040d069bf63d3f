from typing import ClassVar, Self

from django.contrib.auth.models import AnonymousUser
from django.db import models

from apps.accounts.models.user import User
from apps.core.models import PublicModel


class Role(models.TextChoices):
    """What a person may do in one project, from least to most."""

    VIEWER = "viewer", "Viewer"
    REVIEWER = "reviewer", "Reviewer"
    RESEARCHER = "researcher", "Researcher"
    MANAGER = "manager", "Manager"


class Adjudicator(models.TextChoices):
    """Who decides where two readers of a slide class a cell differently."""

    THIRD = "third", "A third person"
    FIRST_TOO = "first-too", "A third person or the first reader"


class ProjectQuerySet(models.QuerySet["Project"]):
    """Questions about projects."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Return the projects of which the person is a member; site administrators see all.

        Every other ``visible_to`` of the site builds on this one.
        """
        if not user.is_active or not isinstance(user, User):
            return self.none()
        if user.is_superuser:
            return self
        return self.filter(pk__in=Membership.objects.filter(user=user).values("project"))


class Project(PublicModel):
    """What people work on together; everything with pixels belongs to exactly one."""

    name = models.CharField(max_length=120, unique=True)
    description = models.TextField(blank=True, max_length=2000)
    is_demo = models.BooleanField(default=False)
    blind_first = models.BooleanField(
        default=False, help_text="A cell shows nothing to a person who has not labelled it yet."
    )
    second_reading_share = models.PositiveSmallIntegerField(
        default=0, help_text="Per cent of the slides that a second person is to read."
    )
    adjudicator = models.CharField(
        max_length=16, choices=Adjudicator.choices, default=Adjudicator.THIRD, help_text="Who decides."
    )
    created_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    members = models.ManyToManyField(User, through="Membership", related_name="projects")

    objects = ProjectQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["name"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=~models.Q(name=""), name="accounts_project_has_name"),
            models.CheckConstraint(
                condition=models.Q(second_reading_share__lte=100), name="accounts_second_reading_is_a_share"
            ),
            models.CheckConstraint(
                condition=models.Q(adjudicator__in=Adjudicator.values), name="accounts_adjudicator_known"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """The role of one person in one project."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=16, choices=Role.choices)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["user__email"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["project", "user"], name="accounts_membership_once"),
            models.CheckConstraint(
                condition=models.Q(role__in=Role.values), name="accounts_membership_role_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} as {self.get_role_display().lower()} of {self.project}"
