from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    dependencies: list[tuple[str, str]] = []

    operations = [
        migrations.CreateModel(
            name="BackupRun",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=60)),
                ("started_at", models.DateTimeField()),
                ("finished_at", models.DateTimeField(auto_now_add=True)),
                ("bytes", models.PositiveBigIntegerField()),
                ("objects_stored", models.PositiveBigIntegerField()),
                ("objects_missing", models.PositiveBigIntegerField()),
            ],
            options={"ordering": ["-id"]},
        ),
    ]
