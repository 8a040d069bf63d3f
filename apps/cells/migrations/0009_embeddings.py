import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cells", "0008_changes_and_comments"),
        ("registry", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Embedding",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("box_version", models.PositiveIntegerField(default=1)),
                ("vector", models.BinaryField()),
                (
                    "cell",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="embeddings",
                        to="cells.cell",
                    ),
                ),
                (
                    "model_version",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="registry.modelversion",
                    ),
                ),
            ],
            options={
                "ordering": ("cell", "id"),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("cell", "model_version", "box_version"),
                        name="cells_one_embedding_per_version",
                    )
                ],
            },
        ),
    ]
