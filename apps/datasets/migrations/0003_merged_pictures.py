from django.db import migrations, models

STATES = [
    ("waiting", "Waiting"),
    ("stored", "Stored"),
    ("duplicate", "In the project already"),
    ("merged", "In the project already, its annotations merged"),
    ("left-out", "Left out by the mapping"),
    ("failed", "Not stored"),
]


class Migration(migrations.Migration):
    dependencies = [("datasets", "0002_declared_origin")]

    operations = [
        migrations.RemoveConstraint(model_name="importedpicture", name="datasets_picture_state_known"),
        migrations.AlterField(
            model_name="importedpicture",
            name="state",
            field=models.CharField(choices=STATES, default="waiting", max_length=10),
        ),
        migrations.AddConstraint(
            model_name="importedpicture",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state__in", ["waiting", "stored", "duplicate", "merged", "left-out", "failed"])
                ),
                name="datasets_picture_state_known",
            ),
        ),
    ]
