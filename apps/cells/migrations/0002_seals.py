from django.db import migrations

from apps.core.triggers import AppendOnly, ForbidUpdate


class Migration(migrations.Migration):
    dependencies = [("cells", "0001_initial")]

    operations = [
        AppendOnly("cells_labelevent"),
        AppendOnly("cells_seenmark"),
        # A synthetic cell stays one, and no cell moves to another field or project.
        ForbidUpdate("cells_cell", ["origin", "field_id", "project_id"]),
        ForbidUpdate("cells_suggestion", ["cell_id", "model_version_id", "probabilities", "top_class"]),
    ]
