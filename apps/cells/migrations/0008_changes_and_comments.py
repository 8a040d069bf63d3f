import uuid

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

from apps.core.triggers import AppendOnly

OF_AN_ERASED_SLIDE = (
    'EXISTS (SELECT 1 FROM "cells_cell" c JOIN "slides_field" f ON f."id" = c."field_id" '
    'JOIN "core_erasure" e ON e."row" = f."slide_id" WHERE c."id" = OLD."cell_id" AND e."kind" = \'slide\')'
)


class Migration(migrations.Migration):
    dependencies = [
        ("cells", "0007_boxes_by_hand"),
        ("core", "0002_erasing"),
        ("slides", "0003_copies"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Change",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("act", models.UUIDField(blank=True, null=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "slide",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="slides.slide",
                    ),
                ),
                (
                    "field",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="slides.field",
                    ),
                ),
                (
                    "cell",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="cells.cell",
                    ),
                ),
            ],
            options={
                "ordering": ("id",),
                "indexes": [models.Index(fields=["slide", "id"], name="cells_change_of_slide")],
            },
        ),
        migrations.CreateModel(
            name="Comment",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("text", models.TextField(max_length=2000)),
                ("idempotency_key", models.CharField(blank=True, max_length=64, null=True)),
                (
                    "author",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="cell_comments",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "cell",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="comments",
                        to="cells.cell",
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(
                        fields=("author", "idempotency_key"), name="cells_comment_idempotency"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("text", ""), _negated=True), name="cells_comment_says_something"
                    ),
                ],
            },
        ),
        AppendOnly("cells_comment", delete_if=OF_AN_ERASED_SLIDE),
    ]
