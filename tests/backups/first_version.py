"""A site as the first version left it, a row in every table with rules: ``python -m tests.backups.first_version``.

With ``upgrade`` it is brought to this version afterwards. Says as JSON how many rows there are and which rules hold.
"""

import json
import sys
from typing import Any

import django

FIRST_VERSION = {"cells": "0002", "slides": "0003", "jobs": "0002", "accounts": "0002", "inference": "0001"}
COUNTED = (
    "cells_labelevent",
    "cells_seenmark",
    "cells_cell",
    "accounts_auditevent",
    "slides_slide",
    "jobs_job",
)


def make() -> None:
    """Make the tables of then, and rows by the models of then."""
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    for app, name in FIRST_VERSION.items():
        call_command("migrate", app, name, verbosity=0)
    loader = MigrationExecutor(connection).loader
    apps = loader.project_state(list(loader.applied_migrations)).apps

    def row(model: str, **values: Any) -> Any:
        return apps.get_model(model).objects.create(**values)

    person = row("accounts.User", email="first@example.org", password="x")
    project = row("accounts.Project", name="First", created_by=person)
    specimen = row("slides.Specimen", project=project, pseudonym="S-0001")
    slide = row("slides.Slide", specimen=specimen, project=project, title="First", created_by=person)
    field = row(
        "slides.Field",
        slide=slide,
        project=project,
        position=1,
        title="first.png",
        image_key="fields/aa/00.png",
        thumbnail_key="thumbnails/aa/00.jpg",
        width=64,
        height=48,
        pixel_sha256="0" * 64,
    )
    box = {"x0": 1.0, "y0": 2.0, "x1": 9.0, "y1": 9.5, "score": 0.5, "origin": "field"}
    labelled = {"current_class": "monocyte", "review_state": "labelled", "version": 2}
    second = row("accounts.User", email="second@example.org", password="x")

    def acted(*acts: tuple[Any, str, str]) -> Any:
        """Make a cell with a line of acts: who, kind, the class afterwards; an undo takes the act before it back."""
        made = row("cells.Cell", project=project, field=field, **box, **labelled | {"version": 1 + len(acts)})
        before, event = "", None
        for version, (who, kind, after) in enumerate(acts, 2):
            event = row(
                "cells.LabelEvent",
                cell=made,
                actor=who,
                kind=kind,
                from_class=before,
                to_class=after,
                seen_suggestion=False,
                version_after=version,
                reverts=event if kind == "undo" else None,
            )
            before = after
        return made

    cell = acted((person, "label", "monocyte"))
    acted((person, "label", "basophil"), (second, "label", "monocyte"))
    acted((person, "label", "monocyte"), (second, "label", "basophil"), (second, "undo", "monocyte"))
    row("cells.SeenMark", cell=cell, actor=person)
    row("accounts.AuditEvent", actor=person, verb="labelled", address="192.0.2.1", project=project)
    row("jobs.Job", kind="analyse", queue="gpu-short", max_attempts=3, project=project)


def who_labelled() -> dict[str, Any]:
    """Return what later versions filled in of the acts: by whom each label is, and how many acts there are."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT u.email FROM cells_cell c LEFT JOIN accounts_user u ON u.id = c.labelled_by_id ORDER BY c.id"
        )
        labelled = [email for (email,) in cursor.fetchall()]
        cursor.execute("SELECT count(DISTINCT act), count(act) FROM cells_labelevent")
        acts, events = cursor.fetchone()
    return {"labelled_by": labelled, "acts": acts, "events_of_acts": events}


def tell() -> dict[str, Any]:
    """Return how many rows there are and which rules hold."""
    from django.db import connection

    from apps.backups.rules import triggers

    with connection.cursor() as cursor:
        rows = {}
        for table in COUNTED:
            cursor.execute(f"SELECT count(*) FROM {table}")
            rows[table] = cursor.fetchone()[0]
    return {"rows": rows, "rules": triggers(connection)}


if __name__ == "__main__":
    django.setup()
    make()
    if "upgrade" in sys.argv:
        from django.core.management import call_command as manage

        manage("migrate", verbosity=0)
        sys.stdout.write(json.dumps({**tell(), "filled": who_labelled()}))
    else:
        sys.stdout.write(json.dumps(tell()))
