from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("review", "0003_location_check")]

    operations = [
        migrations.AddField(
            model_name="signingrules",
            name="border",
            field=models.CharField(
                choices=[
                    ("all", "Count every cell"),
                    ("two-sides", "Count those cut at the left and upper border"),
                    ("none", "Leave out every cell that is cut"),
                ],
                default="all",
                max_length=10,
            ),
        ),
        migrations.AddConstraint(
            model_name="signingrules",
            constraint=models.CheckConstraint(
                condition=models.Q(("border__in", ["all", "two-sides", "none"])),
                name="review_rules_border_known",
            ),
        ),
    ]
