import django.db.models.deletion
from django.db import migrations, models

from apps.core.triggers import AppendOnly, CopyOf, Lift

# As in the migration before; the words of a rule never change once a site may have run them.
APPEND_ONLY = AppendOnly(
    "cells_labelevent",
    delete_if=(
        'EXISTS (SELECT 1 FROM "cells_cell" c JOIN "slides_field" f ON f."id" = c."field_id" '
        'JOIN "core_erasure" e ON e."row" = f."slide_id" WHERE c."id" = OLD."cell_id" AND e."kind" = \'slide\')'
    ),
)


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("cells", "0003_erasable"),
    ]

    operations = [
        Lift(APPEND_ONLY),
        migrations.AddField(
            model_name="labelevent",
            name="project",
            field=models.ForeignKey(
                db_index=False,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="accounts.project",
            ),
        ),
        migrations.RunSQL(
            "UPDATE cells_labelevent SET project_id = "
            "(SELECT c.project_id FROM cells_cell c WHERE c.id = cells_labelevent.cell_id)",
            migrations.RunSQL.noop,
        ),
        APPEND_ONLY,
        CopyOf("cells_labelevent", "project_id", "cell_id", "cells_cell"),
        # Who may see a cell is asked of its project alone.
        CopyOf("cells_cell", "project_id", "field_id", "slides_field"),
    ]
