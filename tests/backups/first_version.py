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
    cell = row("cells.Cell", project=project, field=field, **box, **labelled)
    row(
        "cells.LabelEvent",
        cell=cell,
        actor=person,
        kind="label",
        to_class="monocyte",
        seen_suggestion=False,
        version_after=2,
    )
    row("cells.SeenMark", cell=cell, actor=person)
    row("accounts.AuditEvent", actor=person, verb="labelled", address="192.0.2.1", project=project)
    row("jobs.Job", kind="analyse", queue="gpu-short", max_attempts=3, project=project)


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
    sys.stdout.write(json.dumps(tell()))
