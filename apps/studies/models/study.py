from __future__ import annotations

import secrets
from typing import ClassVar, Self

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q

from apps.accounts.models import Membership, Project, User
from apps.accounts.permissions import BY_ROLE, Action
from apps.core.models import PublicModel
from apps.jobs.models import Job
from apps.studies.protocol import Protocol


class State(models.TextChoices):
    """Where a study stands; a trigger lets it take no step but those of `STEPS`."""

    DRAFT = "draft", "Draft"
    PREPARED = "prepared", "Prepared"
    LOCKED = "locked", "Locked"
    OPEN = "open", "Open"
    CLOSED = "closed", "Closed"
    UNBLINDED = "unblinded", "Unblinded"


STEPS: dict[State, tuple[State, ...]] = {
    State.DRAFT: (State.PREPARED,),
    State.PREPARED: (State.DRAFT, State.LOCKED),
    State.LOCKED: (State.OPEN,),
    State.OPEN: (State.CLOSED,),
    State.CLOSED: (State.OPEN, State.UNBLINDED),
    State.UNBLINDED: (),
}
"""Where a study may go from where it stands. Nobody knows the key before it is unblinded, so closed may open again,
while nobody has taken its answers out."""

BLIND = (State.PREPARED, State.LOCKED, State.OPEN, State.CLOSED)
"""While a study is in one of these states, its cells are closed to its readers everywhere else."""

STAFF_ROLES = [role for role, allowed in BY_ROLE.items() if Action.STUDY in allowed]


def new_seed() -> str:
    """Return 256 random bits as 64 hexadecimal digits."""
    return secrets.token_hex(32)


class StudyQuerySet(models.QuerySet["Study"]):
    """Reads of studies, for those who design and follow them."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Return the studies whose staff side a person may see: design, progress, later the results.

        A reader has no staff side in a project before the study that is read there is unblinded, whatever the
        reader's role: the studies of a project may share cells, so another one's results would tell of these.
        """
        from apps.studies.models.enrolment import Enrolment

        if not user.is_authenticated:
            return self.none()
        found = self.filter(project__in=Project.objects.visible_to(user))
        if not user.is_superuser:
            staff = Membership.objects.filter(user=user, role__in=STAFF_ROLES)
            found = found.filter(project__in=staff.values("project"))
        reads = Enrolment.objects.filter(reader=user, withdrawn_at=None).exclude(study__state=State.UNBLINDED)
        return found.exclude(project__in=reads.order_by().values("study__project"))


class Study(PublicModel):
    """A blinded reading of cell images by experts.

    ``protocol`` is what the study asks, of whom and how (`apps.studies.protocol.Protocol` as JSON), counted by
    ``protocol_version``; ``margin`` is a copy of its margin. ``seed`` (256 bits, hexadecimal) makes case codes, orders
    and addresses, and is told to nobody before unblinding. ``digest`` names protocol, images, key and orders as they
    were locked. ``version`` counts every change of the row by a person.
    """

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="studies")
    title = models.CharField(max_length=200)
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    protocol = models.JSONField()
    protocol_version = models.PositiveIntegerField(default=1)
    seed = models.CharField(max_length=64, default=new_seed, editable=False)
    margin = models.FloatField(null=True, blank=True)
    digest = models.CharField(max_length=64, blank=True)
    audit = models.JSONField(default=dict)
    draw_report = models.JSONField(default=dict)
    version = models.PositiveIntegerField(default=1)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    job = models.ForeignKey(Job, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    due_at = models.DateTimeField(null=True, blank=True)
    prepared_at = models.DateTimeField(null=True, blank=True)
    locked_at = models.DateTimeField(null=True, blank=True)
    opened_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    unblinded_at = models.DateTimeField(null=True, blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = StudyQuerySet.as_manager()

    class Meta(PublicModel.Meta):
        verbose_name_plural = "studies"
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["project", "-id"], name="studies_study_of_project"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(state__in=State.values), name="studies_state_known"),
            models.CheckConstraint(condition=~Q(title=""), name="studies_study_has_title"),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "prepared"], digest="")
                | (~Q(state__in=["draft", "prepared"]) & ~Q(digest="")),
                name="studies_locked_means_a_digest",
            ),
            models.CheckConstraint(
                condition=Q(margin__isnull=True) | Q(margin__gt=0, margin__lt=0.5),
                name="studies_margin_in_range",
            ),
            models.CheckConstraint(
                condition=Q(state="unblinded", unblinded_at__isnull=False)
                | (~Q(state="unblinded") & Q(unblinded_at__isnull=True)),
                name="studies_unblinded_has_a_time",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def plan(self) -> Protocol:
        """Return the protocol as values, decoded once for as long as the row holds the same."""
        known: tuple[object, Protocol] | None = self.__dict__.get("_plan")
        if known is None or known[0] is not self.protocol:
            known = (self.protocol, Protocol.from_json(self.protocol))
            self.__dict__["_plan"] = known
        return known[1]
