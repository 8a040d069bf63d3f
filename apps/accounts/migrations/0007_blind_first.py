from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0006_initial_passwords")]

    operations = [
        migrations.AddField(
            model_name="project",
            name="blind_first",
            field=models.BooleanField(
                default=False, help_text="A cell shows nothing to a person who has not labelled it yet."
            ),
        ),
    ]
