from __future__ import annotations

from uuid import UUID, uuid4

from django.db import models
from django.db.models import Q

from apps.accounts.models import Project, User
from apps.cells.models.cell import Cell
from apps.registry.models import ModelVersion


class EventKind(models.TextChoices):
    """What a person did to a cell."""

    LABEL = "label", "Labelled"
    WITHDRAW = "withdraw", "Withdrew the label"
    ADD = "add", "Boxed by hand"
    BOX = "box", "Changed the box"
    REMOVE = "remove", "Removed"
    UNDO = "undo", "Undid the last act"
    REDO = "redo", "Redid what was undone"
    ACCEPTED = "accepted", "Accepted at sign-off"
    IMPORT = "import", "Imported"


class LabelEvent(models.Model):
    """One human act on a cell; never changed, never deleted (a trigger refuses both).

    ``from_class`` and ``to_class`` are class names, "" for no label. ``from_box`` and ``to_box`` are [x0, y0, x1, y1]:
    both null when the act was not about the box, ``to_box`` null when the cell left the field, ``from_box`` null when
    it came (again). ``act`` joins the events of one act of one person on many cells. ``model_version`` is the
    classifier whose suggestion the page named, else the one whose suggestion stood on the cell at that moment.

    The events of a cell are numbered without a gap by ``version_after`` (2, 3, ...), so replaying them gives the
    cell's class, box and whether it stands; acceptance at sign-off changes none of these. An undo ``reverts`` the
    newest act in force, a redo the undo that it takes back.
    """

    cell = models.ForeignKey(Cell, on_delete=models.PROTECT, related_name="events")
    # A copy of the cell's, so that the acts of a project are read in their order whatever else the site holds. Null
    # in no row: a trigger refuses what is not the cell's.
    project = models.ForeignKey(
        Project, null=True, editable=False, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    actor = models.ForeignKey(User, on_delete=models.PROTECT, related_name="label_events")
    act: models.UUIDField[UUID, UUID] = models.UUIDField(default=uuid4, editable=False)
    kind = models.CharField(max_length=20, choices=EventKind.choices)
    from_class = models.CharField(max_length=40, blank=True)
    to_class = models.CharField(max_length=40, blank=True)
    from_box = models.JSONField(null=True, blank=True)
    to_box = models.JSONField(null=True, blank=True)
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
        indexes = (
            models.Index(fields=("project", "id"), name="cells_event_of_project"),
            # A person's newest act in a project, and all cells of an act.
            models.Index(fields=("actor", "project", "id"), name="cells_event_of_person"),
            models.Index(fields=("act",), name="cells_event_of_act"),
        )
        constraints = (
            models.UniqueConstraint(fields=("cell", "version_after"), name="cells_events_in_one_line"),
            models.UniqueConstraint(fields=("actor", "idempotency_key"), name="cells_event_idempotency"),
            models.CheckConstraint(condition=Q(kind__in=EventKind.values), name="cells_event_kind_known"),
            models.CheckConstraint(condition=Q(version_after__gte=2), name="cells_event_version"),
            models.CheckConstraint(
                condition=Q(kind__in=("undo", "redo"), reverts__isnull=False)
                | (~Q(kind__in=("undo", "redo")) & Q(reverts__isnull=True)),
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
                condition=Q(kind__in=("undo", "redo"))
                | Q(kind__in=("add", "import"), from_box__isnull=True)
                | Q(kind="box", from_box__isnull=False, to_box__isnull=False)
                | Q(kind="remove", from_box__isnull=False, to_box__isnull=True)
                | Q(
                    kind__in=("label", "withdraw", "accepted"),
                    from_box__isnull=True,
                    to_box__isnull=True,
                ),
                name="cells_event_boxes_fit_its_kind",
            ),
            models.CheckConstraint(
                condition=Q(idempotency_key__isnull=True) | ~Q(idempotency_key=""),
                name="cells_event_key_not_empty",
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.from_class or 'none'} to {self.to_class or 'none'}"
