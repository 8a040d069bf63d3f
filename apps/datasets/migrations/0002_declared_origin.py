from django.db import migrations, models

from apps.core.triggers import ForbidUpdate


class Migration(migrations.Migration):
    dependencies = [("datasets", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="import",
            name="origin",
            field=models.CharField(
                choices=[
                    ("real", "Photographs of real cells"),
                    ("synthetic", "Synthetic: made by a generator or simulator"),
                ],
                default="real",
                editable=False,
                max_length=10,
            ),
        ),
        migrations.AddConstraint(
            model_name="import",
            constraint=models.CheckConstraint(
                condition=models.Q(("origin__in", ["real", "synthetic"])), name="datasets_import_origin_known"
            ),
        ),
        # What was declared synthetic stays so.
        ForbidUpdate("datasets_import", ["origin"]),
    ]
