from __future__ import annotations

from django.db import models
from django.db.models import Q

from apps.accounts.models import Project, User
from apps.cells.models.cell import Cell
from apps.registry.models import ModelVersion


class EventKind(models.TextChoices):
    """What a person did to a cell's class."""

    LABEL = "label", "Labelled"
    WITHDRAW = "withdraw", "Withdrew the label"
    UNDO = "undo", "Undid the last act"
    ACCEPTED = "accepted", "Accepted at sign-off"


class LabelEvent(models.Model):
    """One human act on a cell's class; never changed, never deleted (a trigger refuses both).

    ``from_class`` and ``to_class`` are class names, "" for no label. ``model_version`` is the classifier whose
    suggestion the page named, else the one whose suggestion stood on the cell at that moment. The events of a cell
    are numbered without a gap by ``version_after`` (2, 3, ...), so replaying them gives the cell's current class.
    """

    cell = models.ForeignKey(Cell, on_delete=models.PROTECT, related_name="events")
    # A copy of the cell's, so that the acts of a project are read in their order whatever else the site holds. Null
    # in no row: a trigger refuses what is not the cell's.
    project = models.ForeignKey(
        Project, null=True, editable=False, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    actor = models.ForeignKey(User, on_delete=models.PROTECT, related_name="label_events")
    kind = models.CharField(max_length=20, choices=EventKind.choices)
    from_class = models.CharField(max_length=40, blank=True)
    to_class = models.CharField(max_length=40, blank=True)
    seen_suggestion = models.BooleanField(help_text="Whether the model's suggestion was on screen.")
    model_version = models.ForeignKey(
        ModelVersion, null=True, blank=True, on_delete=models.PROTECT, related_name="label_events"
    )
    version_after = models.PositiveIntegerField()
    reverts = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="reverted_by"
    )
    idempotency_key = models.CharField(max_length=64, null=True, blank=True)  # noqa: DJ001 - unique where present
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("cell", "version_after")
        indexes = (models.Index(fields=("project", "id"), name="cells_event_of_project"),)
        constraints = (
            models.UniqueConstraint(fields=("cell", "version_after"), name="cells_events_in_one_line"),
            models.UniqueConstraint(fields=("actor", "idempotency_key"), name="cells_event_idempotency"),
            models.CheckConstraint(condition=Q(kind__in=EventKind.values), name="cells_event_kind_known"),
            models.CheckConstraint(condition=Q(version_after__gte=2), name="cells_event_version"),
            models.CheckConstraint(
                condition=Q(kind="undo", reverts__isnull=False) | (~Q(kind="undo") & Q(reverts__isnull=True)),
                name="cells_undo_names_its_event",
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=("label", "accepted")) | ~Q(to_class=""),
                name="cells_label_names_a_class",
            ),
            models.CheckConstraint(
                condition=~Q(kind="withdraw") | (Q(to_class="") & ~Q(from_class="")),
                name="cells_withdraw_empties",
            ),
            models.CheckConstraint(
                condition=Q(idempotency_key__isnull=True) | ~Q(idempotency_key=""),
                name="cells_event_key_not_empty",
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.from_class or 'none'} to {self.to_class or 'none'}"
