import itertools

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from apps.core.triggers import AppendOnly, Lift

# As in the migrations before; the words of a rule never change once a site may have run them.
APPEND_ONLY = AppendOnly(
    "cells_labelevent",
    delete_if=(
        'EXISTS (SELECT 1 FROM "cells_cell" c JOIN "slides_field" f ON f."id" = c."field_id" '
        'JOIN "core_erasure" e ON e."row" = f."slide_id" WHERE c."id" = OLD."cell_id" AND e."kind" = \'slide\')'
    ),
)


def give_each_event_an_act(apps, schema_editor):
    """Make an act of every event there is: what was done in one list was not written down."""
    new = "lower(hex(randomblob(16)))" if schema_editor.connection.vendor == "sqlite" else "gen_random_uuid()"
    schema_editor.execute(f"UPDATE cells_labelevent SET act = {new}", params=None)  # noqa: S608 - no value from outside


def say_who_labelled(apps, schema_editor):
    """Fill in by whom the label in force is: the actor of the newest label or withdrawal that no undo reverted."""
    events = apps.get_model("cells", "LabelEvent").objects.exclude(cell__current_class="")
    lines = events.order_by("cell_id", "version_after").values_list(
        "cell_id", "pk", "kind", "actor_id", "reverts_id"
    )
    by: dict[int, list[int]] = {}
    for cell, line in itertools.groupby(lines.iterator(), key=lambda row: row[0]):
        in_force: list[tuple[int, str, int]] = []
        for _, pk, kind, actor, reverts in line:
            if kind == "undo":
                in_force = [act for act in in_force if act[0] != reverts]
            elif kind != "accepted":
                in_force.append((pk, kind, actor))
        if in_force and in_force[-1][1] == "label":
            by.setdefault(in_force[-1][2], []).append(cell)
    cells = apps.get_model("cells", "Cell").objects
    for actor, labelled in by.items():
        for start in range(0, len(labelled), 500):
            cells.filter(pk__in=labelled[start : start + 500]).update(labelled_by_id=actor)


class Migration(migrations.Migration):
    dependencies = [
        ("cells", "0005_lists"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="cell",
            name="labelled_by",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="cell", name="removed_at", field=models.DateTimeField(blank=True, null=True)
        ),
        Lift(APPEND_ONLY),
        migrations.AddField(
            model_name="labelevent", name="act", field=models.UUIDField(editable=False, null=True)
        ),
        migrations.AddField(
            model_name="labelevent", name="from_box", field=models.JSONField(blank=True, null=True)
        ),
        migrations.AddField(
            model_name="labelevent", name="to_box", field=models.JSONField(blank=True, null=True)
        ),
        migrations.RunPython(give_each_event_an_act, migrations.RunPython.noop),
        APPEND_ONLY,
        migrations.RunPython(say_who_labelled, migrations.RunPython.noop),
    ]
