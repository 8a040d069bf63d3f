import uuid

from django.db import migrations, models
from django.db.models import F, Q

from apps.core.triggers import AppendOnly, CopyOf, ForbidUpdate, Lift

# As in the migrations before; the words of a rule never change once a site may have run them.
OF_AN_ERASED_SLIDE = (
    'EXISTS (SELECT 1 FROM "cells_cell" c JOIN "slides_field" f ON f."id" = c."field_id" '
    'JOIN "core_erasure" e ON e."row" = f."slide_id" WHERE c."id" = OLD."cell_id" AND e."kind" = \'slide\')'
)
# SQLite makes a table anew for a new rule or a column with a value, and drops its triggers; it also refuses to while
# the trigger of another table speaks of it. So all of them are lifted, and put back as they were.
RULES = [
    AppendOnly("cells_labelevent", delete_if=OF_AN_ERASED_SLIDE),
    AppendOnly("cells_seenmark", delete_if=OF_AN_ERASED_SLIDE),
    ForbidUpdate("cells_cell", ["origin", "field_id", "project_id"]),
    CopyOf("cells_labelevent", "project_id", "cell_id", "cells_cell"),
    CopyOf("cells_cell", "project_id", "field_id", "slides_field"),
]
OLD_SUGGESTIONS = ForbidUpdate(
    "cells_suggestion", ["cell_id", "model_version_id", "probabilities", "top_class"]
)
KINDS = [
    ("label", "Labelled"),
    ("withdraw", "Withdrew the label"),
    ("add", "Boxed by hand"),
    ("box", "Changed the box"),
    ("remove", "Removed"),
    ("undo", "Undid the last act"),
    ("redo", "Redid what was undone"),
    ("accepted", "Accepted at sign-off"),
    ("import", "Imported"),
]


class Migration(migrations.Migration):
    dependencies = [("cells", "0006_acts")]

    operations = [
        *(Lift(rule) for rule in (*RULES, OLD_SUGGESTIONS)),
        # Cells
        migrations.AddField(
            model_name="cell", name="box_version", field=models.PositiveIntegerField(default=1)
        ),
        migrations.AddField(
            model_name="cell",
            name="reference_class",
            field=models.CharField(blank=True, default="", max_length=40),
        ),
        migrations.RemoveIndex(model_name="cell", name="cells_cell_counted"),
        migrations.AddIndex(
            model_name="cell",
            index=models.Index(
                fields=[
                    "field",
                    "retired_at",
                    "removed_at",
                    "current_class",
                    "suggested_class",
                    "unidentified",
                ],
                name="cells_cell_counted",
            ),
        ),
        migrations.AddConstraint(
            model_name="cell",
            constraint=models.CheckConstraint(
                condition=Q(removed_at__isnull=True) | Q(version__gte=2), name="cells_removing_is_an_act"
            ),
        ),
        migrations.AddConstraint(
            model_name="cell",
            constraint=models.CheckConstraint(
                condition=Q(box_version__gte=1, box_version__lte=F("version")), name="cells_box_of_a_version"
            ),
        ),
        migrations.AddConstraint(
            model_name="cell",
            constraint=models.CheckConstraint(
                condition=Q(labelled_by__isnull=True) | ~Q(current_class=""),
                name="cells_labelled_by_means_a_label",
            ),
        ),
        migrations.AddConstraint(
            model_name="cell",
            constraint=models.CheckConstraint(
                condition=Q(reference_class="") | ~Q(origin="synthetic"), name="cells_reference_is_real"
            ),
        ),
        # Events
        migrations.AlterField(
            model_name="labelevent",
            name="act",
            field=models.UUIDField(default=uuid.uuid4, editable=False),
        ),
        migrations.AlterField(
            model_name="labelevent", name="kind", field=models.CharField(choices=KINDS, max_length=20)
        ),
        migrations.AddIndex(
            model_name="labelevent",
            index=models.Index(fields=["actor", "project", "id"], name="cells_event_of_person"),
        ),
        migrations.AddIndex(
            model_name="labelevent", index=models.Index(fields=["act"], name="cells_event_of_act")
        ),
        migrations.RemoveConstraint(model_name="labelevent", name="cells_event_kind_known"),
        migrations.AddConstraint(
            model_name="labelevent",
            constraint=models.CheckConstraint(
                condition=Q(kind__in=[kind for kind, _ in KINDS]), name="cells_event_kind_known"
            ),
        ),
        migrations.RemoveConstraint(model_name="labelevent", name="cells_undo_names_its_event"),
        migrations.AddConstraint(
            model_name="labelevent",
            constraint=models.CheckConstraint(
                condition=Q(kind__in=("undo", "redo"), reverts__isnull=False)
                | (~Q(kind__in=("undo", "redo")) & Q(reverts__isnull=True)),
                name="cells_undo_names_its_event",
            ),
        ),
        migrations.AddConstraint(
            model_name="labelevent",
            constraint=models.CheckConstraint(
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
        ),
        # Suggestions
        migrations.AddField(
            model_name="suggestion", name="box_version", field=models.PositiveIntegerField(default=1)
        ),
        migrations.RemoveConstraint(model_name="suggestion", name="cells_one_suggestion_per_version"),
        migrations.AddConstraint(
            model_name="suggestion",
            constraint=models.UniqueConstraint(
                fields=("cell", "model_version", "box_version"), name="cells_one_suggestion_per_version"
            ),
        ),
        *RULES,
        ForbidUpdate(
            "cells_suggestion",
            ["cell_id", "model_version_id", "box_version", "probabilities", "top_class"],
        ),
    ]
