from typing import Any

from apps.core import storage
from apps.datasets.models import Export, ExportState, Import, ImportState
from tests.permissions.slides import _Again, project
from tests.permissions.table import World, row


def _archive() -> bytes:
    from tests.datasets.archives import small_voc, zipped

    return zipped(small_voc())


def _import(world: World, name: str, **values: Any) -> dict[str, object]:
    def make() -> Import:
        return Import.objects.create(
            project=world.project,
            requester=world.people["researcher"],
            format="voc",
            state=ImportState.MAPPING,
            found={"classes": [["WBC", 3]], "pictures": 1, "boxes": 3, "orphans": 0},
            mapping={"WBC": ":no-class"},
            **values,
        )

    return {"import_id": world.once(f"datasets-{name}", make).public_id}


def waiting(world: World) -> dict[str, object]:
    return _import(world, "waiting")


def _export(world: World, who: str) -> dict[str, object]:
    def make() -> Export:
        from django.utils import timezone

        key = storage.new_key("jobs/test/1", ".zip")
        storage.save_bytes(key, b"PK")
        return Export.objects.create(
            project=world.project,
            requester=world.people[who],
            format="voc",
            state=ExportState.READY,
            file_key=key,
            expires_at=timezone.now(),
            counts={"pictures": 1, "cells": 1, "standing": 1, "left_out": 0, "read_back": 1},
        )

    return {"export_id": world.once(f"datasets-export-{who}", make).public_id}


def mine(world: World) -> dict[str, object]:
    """An export of the researcher: nobody else's business."""
    return _export(world, "researcher")


def archive(_: World) -> dict[str, object]:
    return {"files": _Again(_archive(), "set.zip")}


def archive_for_programs(_: World) -> dict[str, object]:
    return {"file": _Again(_archive(), "set.zip")}


def chosen(_: World) -> dict[str, object]:
    return {"class-0": ":no-class"}


ROWS = [
    row("datasets:project", "GET", "302 404 403 403 200 200 403", kwargs=project),
    row(
        "datasets:begin-import",
        "POST",
        "302 404 403 403 302 302 403",
        kwargs=project,
        data=lambda w: {**archive(w), "grouping": "one-slide"},
    ),
    row("datasets:begin-import", "POST", "302 404 403 403 422 422 403", kwargs=project, data=archive),
    row("datasets:import", "GET", "302 404 403 403 200 200 403", kwargs=waiting),
    row("datasets:confirm-import", "POST", "302 404 403 403 302 302 403", kwargs=waiting, data=chosen),
    row("datasets:confirm-import", "POST", "302 404 403 403 422 422 403", kwargs=waiting),
    row("datasets:go-on-import", "POST", "302 404 403 403 302 302 403", kwargs=waiting),
    row("datasets:discard-import", "POST", "302 404 403 403 302 302 403", kwargs=waiting),
    # Of an import without such pictures: nothing is done, and that is said.
    row("datasets:remove-crops", "POST", "302 404 403 403 302 302 403", kwargs=waiting),
    row("datasets:bring-crops-back", "POST", "302 404 403 403 302 302 403", kwargs=waiting),
    row("datasets:import-receipt", "GET", "302 404 403 403 200 200 403", kwargs=waiting),
    row(
        "datasets:begin-export",
        "POST",
        "302 404 403 403 302 302 403",
        kwargs=project,
        data=lambda _: {"format": "coco", "labels": "human"},
    ),
    row("datasets:begin-export", "POST", "302 404 403 403 422 422 403", kwargs=project),
    row("datasets:export-file", "GET", "302 404 404 404 200 404 404", kwargs=mine),
    row("datasets:discard-export", "POST", "302 404 404 404 302 404 404", kwargs=mine),
    # API
    row("datasets-api:imports", "GET", "401 404 403 403 200 200 403", kwargs=project),
    row(
        "datasets-api:imports",
        "POST",
        "401 404 403 403 201 201 403",
        kwargs=project,
        data=archive_for_programs,
    ),
    row("datasets-api:import", "GET", "401 404 403 403 200 200 403", kwargs=waiting),
    row("datasets-api:import", "DELETE", "401 404 403 403 204 204 403", kwargs=waiting),
    row(
        "datasets-api:confirm-import",
        "POST",
        "401 404 403 403 202 202 403",
        kwargs=waiting,
        data=lambda _: {"mapping": {"WBC": ":no-class"}},
    ),
    row(
        "datasets-api:confirm-import",
        "POST",
        "401 404 403 403 400 400 403",
        kwargs=waiting,
        data=lambda _: {"mapping": {"WBC": "no such class"}},
    ),
    row("datasets-api:import-receipt", "GET", "401 404 403 403 200 200 403", kwargs=waiting),
    row("datasets-api:exports", "GET", "401 404 403 403 200 200 403", kwargs=project),
    row(
        "datasets-api:exports",
        "POST",
        "401 404 403 403 201 201 403",
        kwargs=project,
        data=lambda _: {"format": "yolo"},
    ),
    row(
        "datasets-api:exports",
        "POST",
        "401 404 403 403 403 201 403",
        kwargs=project,
        data=lambda _: {"format": "yolo", "names": True},
    ),
    row("datasets-api:export", "GET", "401 404 404 404 200 404 404", kwargs=mine),
    row("datasets-api:export", "DELETE", "401 404 404 404 204 404 404", kwargs=mine),
    row("datasets-api:export-file", "GET", "401 404 404 404 200 404 404", kwargs=mine),
]
