from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("cells", "0004_events_know_their_project"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="cell",
            index=models.Index(
                fields=["field", "retired_at", "current_class", "suggested_class", "unidentified"],
                name="cells_cell_counted",
            ),
        ),
        migrations.RemoveIndex(model_name="cell", name="cells_cell_standing"),
        migrations.AddIndex(
            model_name="cell",
            index=models.Index(fields=["project", "current_class", "id"], name="cells_cell_of_label"),
        ),
        migrations.AddIndex(
            model_name="cell",
            index=models.Index(fields=["project", "suggested_class", "id"], name="cells_cell_of_suggestion"),
        ),
        migrations.AddIndex(
            model_name="labelevent",
            index=models.Index(fields=["project", "id"], name="cells_event_of_project"),
        ),
    ]
