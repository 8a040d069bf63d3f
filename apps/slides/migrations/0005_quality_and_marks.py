import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from apps.core.triggers import AppendOnly

# The field is of a slide that was removed for good, and that is on record: the only rows that may go.
OF_AN_ERASED_SLIDE = (
    'EXISTS (SELECT 1 FROM "slides_field" f JOIN "core_erasure" e ON e."row" = f."slide_id" '
    'WHERE f."id" = OLD."field_id" AND e."kind" = \'slide\')'
)


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0002_erasing"),
        ("slides", "0004_who_trashed"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="field",
            name="quality",
            field=models.JSONField(blank=True, editable=False, null=True),
        ),
        migrations.CreateModel(
            name="FieldMark",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("complete", models.BooleanField()),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "actor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="field_marks",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "field",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="marks",
                        to="slides.field",
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
                "indexes": [models.Index(fields=["field", "id"], name="slides_mark_of_field")],
            },
        ),
        AppendOnly("slides_fieldmark", delete_if=OF_AN_ERASED_SLIDE),
    ]
