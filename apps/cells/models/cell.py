from __future__ import annotations

from typing import Self
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import F, Q

from apps.accounts.models import Project, User
from apps.core.models import PublicModel
from apps.core.registries import cell_visibility_rules, visibility_rules
from apps.registry.models import ModelVersion
from apps.slides.models import Field
from ml.contracts import Box


class Origin(models.TextChoices):
    """Where a cell comes from; sealed when the row is made."""

    FIELD = "field", "Found on a field"
    IMPORTED = "imported", "Imported crop"
    SYNTHETIC = "synthetic", "Synthetic"


class CellKind(models.TextChoices):
    """What kind of object a box holds."""

    WHITE_CELL = "white-cell", "White cell"


class ReviewState(models.TextChoices):
    """How far a person is with a cell: suggested -> seen (was on screen) -> labelled (a human act)."""

    SUGGESTED = "suggested", "Suggested"
    SEEN = "seen", "Seen"
    LABELLED = "labelled", "Labelled"


class CellQuerySet(models.QuerySet["Cell"]):
    """Reads of cells."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Return the cells of fields the user may see, and the field-less cells of the user's projects."""
        if not user.is_authenticated:
            return self.none()
        # A cell's project is its field's. Joins, not a list of the fields one may see: that list would be read whole
        # for every single cell. A cell without a field has no slide, so none that is in the trash.
        found = self.filter(project__in=Project.objects.visible_to(user), field__slide__trashed_at=None)
        for closed in visibility_rules.run(user=user):
            found = found.exclude(field__slide__in=closed)
        for closed in cell_visibility_rules.run(user=user):
            found = found.exclude(pk__in=closed)
        return found

    def acted_on_by(self, user: User | AnonymousUser) -> Self:
        """Return the visible cells with what an act and its answer need of other tables, in one statement."""
        return self.visible_to(user).annotate(
            field_public_id=F("field__public_id"),
            suggested_by=F("classifier_version__public_id"),
            slide_pk=F("field__slide_id"),
        )

    def standing(self) -> Self:
        """Return the cells that count: neither removed by a person nor replaced by an analysis before an act."""
        return self.filter(retired_at__isnull=True, removed_at__isnull=True)


class Cell(PublicModel):
    """A box on a field, or a crop without a field, with the suggestion in force and the human label in force.

    The box is half-open in pixels of the stored field, origin top-left. ``current_class`` is what a person said
    ("" when nobody did) and never what a model said, ``labelled_by`` who said it; ``version`` is 1 plus the number of
    label events, so it tells whether a person changed the cell since somebody looked. ``box_version`` is the version
    at which the present box was drawn, 1 for the box that an analysis found. The suggestion columns are a copy of the
    newest `Suggestion` about the present box, for lists of many cells. ``reference_class`` is what independent readers
    agreed on, "" for a cell that is no reference.
    """

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="cells")
    field = models.ForeignKey(Field, null=True, blank=True, on_delete=models.PROTECT, related_name="cells")
    x0 = models.FloatField()
    y0 = models.FloatField()
    x1 = models.FloatField()
    y1 = models.FloatField()
    kind = models.CharField(max_length=20, choices=CellKind.choices, default=CellKind.WHITE_CELL)
    score = models.FloatField(help_text="How sure the locator is that this is a cell, 0 to 1.")
    origin = models.CharField(max_length=20, choices=Origin.choices, editable=False)
    crop_key = models.CharField(max_length=255, blank=True)

    suggested_class = models.CharField(max_length=40, blank=True)
    suggested_probability = models.FloatField(null=True, blank=True)
    unidentified = models.BooleanField(default=False)
    locator_version = models.ForeignKey(
        ModelVersion, null=True, blank=True, on_delete=models.PROTECT, related_name="located_cells"
    )
    classifier_version = models.ForeignKey(
        ModelVersion, null=True, blank=True, on_delete=models.PROTECT, related_name="classified_cells"
    )

    current_class = models.CharField(max_length=40, blank=True)
    review_state = models.CharField(max_length=20, choices=ReviewState.choices, default=ReviewState.SUGGESTED)
    labelled_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    version = models.PositiveIntegerField(default=1)
    box_version = models.PositiveIntegerField(default=1)
    reference_class = models.CharField(max_length=40, blank=True, default="")
    retired_at = models.DateTimeField(null=True, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True)

    # What `acted_on_by` reads along: public ids of the field and of the model that suggests, the slide's key.
    field_public_id: UUID | None
    suggested_by: UUID | None
    slide_pk: int | None

    objects = CellQuerySet.as_manager()

    class Meta:
        ordering = ("field__position", "id")
        indexes = (
            # Holds all that counts need, so that a count of a thousand cells reads no cell.
            models.Index(
                fields=(
                    "field",
                    "retired_at",
                    "removed_at",
                    "current_class",
                    "suggested_class",
                    "unidentified",
                ),
                name="cells_cell_counted",
            ),
            # Lists of one class in the order of finding, however few the class has.
            models.Index(fields=("project", "current_class", "id"), name="cells_cell_of_label"),
            models.Index(fields=("project", "suggested_class", "id"), name="cells_cell_of_suggestion"),
        )
        constraints = (
            models.CheckConstraint(condition=Q(origin__in=Origin.values), name="cells_origin_known"),
            models.CheckConstraint(
                condition=Q(origin="field", field__isnull=False)
                | (~Q(origin="field") & Q(field__isnull=True)),
                name="cells_origin_matches_field",
            ),
            models.CheckConstraint(condition=Q(x1__gt=F("x0"), y1__gt=F("y0")), name="cells_box_not_empty"),
            models.CheckConstraint(condition=Q(score__gte=0, score__lte=1), name="cells_score_in_range"),
            models.CheckConstraint(condition=Q(version__gte=1), name="cells_version_from_one"),
            models.CheckConstraint(
                condition=(Q(review_state="labelled") & ~Q(current_class=""))
                | (Q(review_state__in=("suggested", "seen")) & Q(current_class="")),
                name="cells_labelled_means_a_label",
            ),
            models.CheckConstraint(
                condition=Q(suggested_class="", suggested_probability__isnull=True, unidentified=False)
                | (
                    ~Q(suggested_class="")
                    & Q(
                        suggested_probability__gte=0,
                        suggested_probability__lte=1.000001,
                        classifier_version__isnull=False,
                    )
                ),
                name="cells_suggestion_whole",
            ),
            models.CheckConstraint(
                condition=Q(retired_at__isnull=True) | Q(version=1), name="cells_touched_cells_stand"
            ),
            models.CheckConstraint(
                condition=Q(removed_at__isnull=True) | Q(version__gte=2), name="cells_removing_is_an_act"
            ),
            models.CheckConstraint(
                condition=Q(box_version__gte=1, box_version__lte=F("version")), name="cells_box_of_a_version"
            ),
            models.CheckConstraint(
                condition=Q(labelled_by__isnull=True) | ~Q(current_class=""),
                name="cells_labelled_by_means_a_label",
            ),
            models.CheckConstraint(
                condition=Q(reference_class="") | ~Q(origin="synthetic"), name="cells_reference_is_real"
            ),
        )

    def __str__(self) -> str:
        return f"{self.shown_class or 'unclassified'} cell {self.public_id}"

    @property
    def box(self) -> Box:
        """Return (x0, y0, x1, y1) in pixels of the stored field, half-open."""
        return (self.x0, self.y0, self.x1, self.y1)

    @property
    def by_hand(self) -> bool:
        """Return whether a person drew the present box."""
        return self.box_version > 1

    @property
    def shown_class(self) -> str:
        """Return the class to draw: the human label when there is one, else the suggestion."""
        return self.current_class or self.suggested_class

    @property
    def is_unidentified(self) -> bool:
        """Return whether neither a person nor the model could say: no label, and the model below its threshold."""
        return not self.current_class and (self.unidentified or not self.suggested_class)
