from django.db import migrations

from apps.core.triggers import AppendOnly, Replace

# The cell is of a slide that was removed for good, and that is on record: the only rows that may go.
OF_AN_ERASED_SLIDE = (
    'EXISTS (SELECT 1 FROM "cells_cell" c JOIN "slides_field" f ON f."id" = c."field_id" '
    'JOIN "core_erasure" e ON e."row" = f."slide_id" WHERE c."id" = OLD."cell_id" AND e."kind" = \'slide\')'
)


class Migration(migrations.Migration):
    dependencies = [
        ("cells", "0002_seals"),
        ("core", "0002_erasing"),
        ("slides", "0003_copies"),
    ]

    operations = [
        Replace(AppendOnly(table), AppendOnly(table, delete_if=OF_AN_ERASED_SLIDE))
        for table in ("cells_labelevent", "cells_seenmark")
    ]
