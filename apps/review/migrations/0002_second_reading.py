import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models

from apps.core.triggers import AppendOnly, CopyOf, ForbidUpdate, RefuseUpdate

# Of a slide that was removed for good, and that is on record: the only rows that may go.
OF_AN_ERASED_SLIDE = (
    'EXISTS (SELECT 1 FROM "review_seconditem" i JOIN "review_secondreading" r ON r."id" = i."reading_id" '
    'JOIN "core_erasure" e ON e."row" = r."slide_id" WHERE i."id" = OLD."item_id" AND e."kind" = \'slide\')'
)
OF_AN_ERASED_SLIDES_READING = (
    'EXISTS (SELECT 1 FROM "review_secondreading" r JOIN "core_erasure" e ON e."row" = r."slide_id" '
    'WHERE r."id" = OLD."reading_id" AND e."kind" = \'slide\')'
)


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0008_review_settings"),
        ("cells", "0005_lists"),
        ("core", "0002_erasing"),
        ("review", "0001_signing"),
        ("slides", "0003_copies"),
    ]

    operations = [
        migrations.CreateModel(
            name="SecondReading",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("assigned", "Assigned"),
                            ("reading", "Reading"),
                            ("done", "Done"),
                            ("withdrawn", "Withdrawn"),
                        ],
                        default="assigned",
                        max_length=16,
                    ),
                ),
                ("seen_before", models.PositiveIntegerField(default=0)),
                ("started_at", models.DateTimeField(blank=True, null=True)),
                ("done_at", models.DateTimeField(blank=True, null=True)),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                (
                    "assigned_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.project",
                    ),
                ),
                (
                    "reader",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="second_readings",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "slide",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="second_readings",
                        to="slides.slide",
                    ),
                ),
                (
                    "withdrawn_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="SecondItem",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("position", models.PositiveIntegerField()),
                ("current_class", models.CharField(blank=True, max_length=40)),
                ("version", models.PositiveIntegerField(default=1)),
                ("first_class", models.CharField(blank=True, max_length=40)),
                ("first_version", models.PositiveIntegerField(blank=True, null=True)),
                ("decided_class", models.CharField(blank=True, max_length=40)),
                ("decisions", models.PositiveIntegerField(default=0)),
                (
                    "cell",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="second_items",
                        to="cells.cell",
                    ),
                ),
                (
                    "reading",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="items",
                        to="review.secondreading",
                    ),
                ),
                (
                    "first_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="SecondLabel",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("label", "Labelled"), ("undo", "Undid the last act")], max_length=8
                    ),
                ),
                ("from_class", models.CharField(blank=True, max_length=40)),
                ("to_class", models.CharField(blank=True, max_length=40)),
                ("version_after", models.PositiveIntegerField()),
                ("idempotency_key", models.CharField(blank=True, max_length=64, null=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="labels",
                        to="review.seconditem",
                    ),
                ),
                (
                    "reverts",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reverted_by",
                        to="review.secondlabel",
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="Adjudication",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("to_class", models.CharField(blank=True, max_length=40)),
                ("cell_version", models.PositiveIntegerField(blank=True, null=True)),
                ("idempotency_key", models.CharField(blank=True, max_length=64, null=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "actor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="adjudications",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="adjudications",
                        to="review.seconditem",
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="TableOpening",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "actor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "reading",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="openings",
                        to="review.secondreading",
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
            },
        ),
        migrations.AddConstraint(
            model_name="adjudication",
            constraint=models.UniqueConstraint(
                fields=("item", "number"), name="review_decisions_in_one_line"
            ),
        ),
        migrations.AddConstraint(
            model_name="adjudication",
            constraint=models.UniqueConstraint(
                fields=("actor", "item", "idempotency_key"), name="review_decision_idempotency"
            ),
        ),
        migrations.AddConstraint(
            model_name="adjudication",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("idempotency_key__isnull", True),
                    models.Q(("idempotency_key", ""), _negated=True),
                    _connector="OR",
                ),
                name="review_decision_key_not_empty",
            ),
        ),
        migrations.AddConstraint(
            model_name="adjudication",
            constraint=models.CheckConstraint(
                condition=models.Q(("to_class", ""), ("cell_version__isnull", False), _connector="OR"),
                name="review_decision_is_a_label",
            ),
        ),
        migrations.AddConstraint(
            model_name="secondlabel",
            constraint=models.UniqueConstraint(
                fields=("item", "version_after"), name="review_second_labels_in_one_line"
            ),
        ),
        migrations.AddConstraint(
            model_name="secondlabel",
            constraint=models.UniqueConstraint(
                fields=("item", "idempotency_key"), name="review_second_label_idempotency"
            ),
        ),
        migrations.AddConstraint(
            model_name="secondlabel",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "undo"), ("reverts__isnull", False)),
                    models.Q(("kind", "label"), ("reverts__isnull", True)),
                    _connector="OR",
                ),
                name="review_second_undo_names_its_act",
            ),
        ),
        migrations.AddConstraint(
            model_name="secondlabel",
            constraint=models.CheckConstraint(
                condition=models.Q(("version_after__gte", 2)), name="review_second_label_version"
            ),
        ),
        migrations.AddConstraint(
            model_name="secondlabel",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("idempotency_key__isnull", True),
                    models.Q(("idempotency_key", ""), _negated=True),
                    _connector="OR",
                ),
                name="review_second_label_key_not_empty",
            ),
        ),
        migrations.AddIndex(
            model_name="secondreading",
            index=models.Index(
                condition=models.Q(("state__in", ["assigned", "reading"])),
                fields=["reader", "slide"],
                name="review_reading_open",
            ),
        ),
        migrations.AddIndex(
            model_name="secondreading",
            index=models.Index(fields=["project", "-id"], name="review_reading_of_project"),
        ),
        migrations.AddConstraint(
            model_name="secondreading",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["assigned", "reading", "done", "withdrawn"])),
                name="review_reading_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="secondreading",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "withdrawn"), _negated=True),
                fields=("slide",),
                name="review_one_reading_of_a_slide",
            ),
        ),
        migrations.AddConstraint(
            model_name="secondreading",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "done"), _negated=True), ("done_at__isnull", False), _connector="OR"
                ),
                name="review_done_has_a_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="secondreading",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "withdrawn"), ("withdrawn_at__isnull", False)),
                    models.Q(models.Q(("state", "withdrawn"), _negated=True), ("withdrawn_at__isnull", True)),
                    _connector="OR",
                ),
                name="review_withdrawn_has_a_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="seconditem",
            constraint=models.UniqueConstraint(fields=("reading", "cell"), name="review_item_cell_once"),
        ),
        migrations.AddConstraint(
            model_name="seconditem",
            constraint=models.UniqueConstraint(fields=("reading", "position"), name="review_item_place_once"),
        ),
        migrations.AddConstraint(
            model_name="seconditem",
            constraint=models.CheckConstraint(
                condition=models.Q(("version__gte", 1)), name="review_item_version_from_one"
            ),
        ),
        migrations.AddConstraint(
            model_name="seconditem",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("first_by__isnull", True), ("first_class", ""), ("first_version__isnull", True)
                    ),
                    models.Q(
                        models.Q(("first_class", ""), _negated=True),
                        ("first_by__isnull", False),
                        ("first_version__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="review_item_pair_whole",
            ),
        ),
        migrations.AddConstraint(
            model_name="seconditem",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("decided_class", ""),
                    models.Q(
                        models.Q(("first_class", ""), _negated=True),
                        models.Q(("current_class", ""), _negated=True),
                        models.Q(("first_class", models.F("current_class")), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="review_only_disagreements_decided",
            ),
        ),
        migrations.AddConstraint(
            model_name="tableopening",
            constraint=models.UniqueConstraint(fields=("reading", "actor"), name="review_opened_once_each"),
        ),
        ForbidUpdate("review_secondreading", ["slide_id", "project_id", "reader_id", "assigned_by_id"]),
        CopyOf("review_secondreading", "project_id", "slide_id", "slides_slide"),
        RefuseUpdate(
            "review_secondreading",
            "goes_forward",
            "(OLD.\"state\" = 'withdrawn' AND NEW.\"state\" <> 'withdrawn') OR "
            "(OLD.\"state\" = 'done' AND NEW.\"state\" IN ('assigned', 'reading')) OR "
            "(OLD.\"state\" = 'reading' AND NEW.\"state\" = 'assigned')",
            "a second reading only goes forward",
        ),
        ForbidUpdate("review_seconditem", ["reading_id", "cell_id", "position", "public_id"]),
        RefuseUpdate(
            "review_seconditem",
            "closed_stays",
            'NEW."version" <> OLD."version" AND EXISTS (SELECT 1 FROM "review_secondreading" r '
            'WHERE r."id" = OLD."reading_id" AND r."state" NOT IN (\'assigned\', \'reading\'))',
            "a second reading that is over does not change",
        ),
        RefuseUpdate(
            "review_seconditem",
            "pair_stays",
            'OLD."first_class" <> \'\' AND (NEW."first_class" <> OLD."first_class" '
            'OR NEW."first_by_id" <> OLD."first_by_id" OR NEW."first_version" <> OLD."first_version")',
            "what was compared does not change",
        ),
        AppendOnly("review_secondlabel", delete_if=OF_AN_ERASED_SLIDE),
        AppendOnly("review_adjudication", delete_if=OF_AN_ERASED_SLIDE),
        AppendOnly("review_tableopening", delete_if=OF_AN_ERASED_SLIDES_READING),
    ]
