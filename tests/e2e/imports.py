"""Imports and exports in every state that a page shows, for the browser."""

from __future__ import annotations

import json
from collections import Counter
from datetime import timedelta
from typing import Any


def imports_and_exports(project: Any, person: Any) -> dict[str, str]:
    """Make an import that waits for its classes, one that is done with odd lines, and exports; return their ids."""
    from django.utils import timezone

    from apps.core import storage
    from apps.datasets.models import Export, ExportState, Import, ImportRemark, ImportState

    found = {
        "classes": [["WBC", 301], ["RBC", 3350], ["blast?", 4]],
        "pictures": 292,
        "boxes": 3655,
        "orphans": 0,
    }
    waiting = Import.objects.create(
        project=project,
        requester=person,
        format="voc",
        state=ImportState.MAPPING,
        found=found,
        mapping={"WBC": Import.NO_CLASS, "RBC": Import.LEAVE_OUT, "blast?": ""},
    )
    counts = Counter(
        json.loads(
            '{"pictures": 4, "stored": 2, "duplicate": 1, "failed": 1, "boxes": 9, "cells": 4, "left_out": 2, '
            '"refused": 1, "boxes_of_others": 2}'
        )
    )
    words = ("pictures_left_out", "unread", "crops", "orphans")
    done = Import.objects.create(
        project=project,
        requester=person,
        format="coco",
        state=ImportState.DONE,
        found=found,
        mapping=waiting.mapping,
        counts={**counts, **dict.fromkeys(words, 0)},
        finished_at=timezone.now(),
    )
    for odd, message, boxes in (
        ("box outside the picture", "The box lies outside the picture of 640 x 480 pixels.", 1),
        ("unreadable picture", "The picture is cut short or damaged. Copy it again from where it came.", 2),
        ("duplicate picture", "The same picture is in this project already: slide “S-0001”, field 1.", 0),
    ):
        ImportRemark.objects.create(
            source=done,
            path="JPEGImages/BloodImage_00012.jpg",
            place="object 3",
            odd=odd,
            message=message,
            boxes=boxes,
        )
    key = storage.new_key("jobs/seed/1", ".zip")
    storage.save_bytes(key, b"PK\x05\x06" + b"\0" * 18)
    written = {"pictures": 12, "empty": 1, "cells": 204, "standing": 210, "left_out": 6, "read_back": 204}
    Export.objects.create(
        project=project,
        requester=person,
        format="yolo",
        state=ExportState.READY,
        file_key=key,
        size=5_200_000,
        counts=written,
        expires_at=timezone.now() + timedelta(days=7),
    )
    Export.objects.create(
        project=project,
        requester=person,
        format="bundle",
        state=ExportState.EXPIRED,
        counts=written,
        names=True,
    )
    return {"mapping": str(waiting.public_id), "receipt": str(done.public_id)}
