"""Examples in the OpenAPI document."""

from drf_spectacular.utils import OpenApiExample

_PROJECT = "3f0e7a52-6a0e-4d0f-8d5e-2b1f3c4d5e6f"
_IMPORT = "1a2b3c4d-5e6f-4a7b-8c9d-0e1f2a3b4c5d"
_EXPORT = "6d5c4b3a-2f1e-4d0c-9b8a-7f6e5d4c3b2a"
_JOB = "77777777-8888-4999-aaaa-bbbbccccdddd"
_MADE = "2026-11-20T08:12:00Z"
_COUNTS = {
    "pictures": 292,
    "stored": 292,
    "duplicate": 0,
    "merged_pictures": 0,
    "pictures_left_out": 0,
    "failed": 0,
    "boxes": 3910,
    "cells": 600,
    "left_out": 3310,
    "refused": 0,
    "merged": 0,
    "unread": 0,
    "boxes_of_others": 0,
    "crops": 0,
    "orphans": 0,
}

IMPORT_ROW = OpenApiExample(
    "An import that is done",
    response_only=True,
    status_codes=["200"],
    value={
        "id": _IMPORT,
        "state": "done",
        "format": "voc",
        "grouping": "one-slide",
        "title": "Teaching set",
        "origin": "real",
        "created_at": _MADE,
        "finished_at": _MADE,
        "counts": _COUNTS,
    },
)
IMPORT = OpenApiExample(
    "An import that waits for its classes",
    response_only=True,
    status_codes=["200", "201"],
    value={
        "id": _IMPORT,
        "project": _PROJECT,
        "state": "mapping",
        "message": "",
        "format": "voc",
        "grouping": "one-slide",
        "title": "Teaching set",
        "origin": "real",
        "analyse": False,
        "created_at": _MADE,
        "finished_at": None,
        "job": _JOB,
        "classes": [
            {"name": "RBC", "count": 3310, "becomes": ":leave-out"},
            {"name": "WBC", "count": 300, "becomes": ":no-class"},
            {"name": "Platelets", "count": 300, "becomes": "platelet"},
        ],
        "counts": {},
        "agrees": None,
        "odd": [],
        "slides": [],
    },
)
CONFIRM = OpenApiExample(
    "Red cells are left out",
    request_only=True,
    value={"mapping": {"RBC": ":leave-out", "WBC": ":no-class", "Platelets": "platelet"}},
)
JOB = OpenApiExample("The job", response_only=True, status_codes=["202"], value={"job": _JOB})
BEGIN_EXPORT = OpenApiExample(
    "Fields that are boxed completely",
    request_only=True,
    value={"format": "coco", "only_complete": True, "labels": "human"},
)
EXPORT = OpenApiExample(
    "An export that is ready",
    response_only=True,
    status_codes=["200", "201"],
    value={
        "id": _EXPORT,
        "project": _PROJECT,
        "state": "ready",
        "message": "",
        "format": "coco",
        "slides": [],
        "only_complete": True,
        "labels": "human",
        "names": False,
        "created_at": _MADE,
        "expires_at": "2026-11-27T08:12:00Z",
        "job": _JOB,
        "counts": {
            "pictures": 12,
            "empty": 1,
            "cells": 204,
            "crops": 0,
            "fields": 12,
            "standing": 210,
            "left_out": 6,
            "read_back": 204,
        },
        "size": 5242880,
        "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    },
)
