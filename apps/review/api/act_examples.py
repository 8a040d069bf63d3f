"""Examples in the OpenAPI document: boxes, undo and redo, changes, comments, similar cells."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiExample

from apps.review.api.examples import ACTS, CELL_ID, COUNT, FIELD_ID, SHOWN

_KEY = "0d1c8f0e5a7b4c0f"
_BOX = [120.0, 64.5, 176.0, 122.0]
ADD_BOX = OpenApiExample(
    "A cell that the model missed",
    request_only=True,
    value={"field": FIELD_ID, "box": _BOX, "to": "eosinophil", "idempotency_key": _KEY},
)
ADDED = OpenApiExample(
    "The new cell",
    response_only=True,
    status_codes=["201"],
    value={
        "cell": {
            **SHOWN,
            "suggested": "",
            "suggestion": None,
            "probability": None,
            "probabilities": {},
            "low_confidence": True,
            "hand": True,
            "score": 1.0,
        },
        "counts_rows": [COUNT],
        "acts": ACTS,
    },
)
BOX = OpenApiExample(
    "A smaller box", request_only=True, value={"box": _BOX, "version": 2, "idempotency_key": _KEY}
)
BOXED = OpenApiExample(
    "The cell afterwards",
    response_only=True,
    status_codes=["200"],
    value={"cell": {**SHOWN, "hand": True}, "counts_rows": [COUNT], "acts": ACTS},
)
REMOVE = OpenApiExample("No cell", request_only=True, value={"version": 2, "idempotency_key": _KEY})
REMOVED = OpenApiExample(
    "It is gone",
    response_only=True,
    status_codes=["200"],
    value={"cell": CELL_ID, "counts_rows": [COUNT], "acts": ACTS},
)
STEP = OpenApiExample("A step", request_only=True, value={"idempotency_key": _KEY})
STEPPED = OpenApiExample(
    "One of two cells",
    response_only=True,
    status_codes=["200"],
    value={
        "results": [
            {"id": CELL_ID, "status": "applied", "cell": SHOWN},
            {
                "id": "a87ff679-a2f3-4e71-8d91-81a67b754212",
                "status": "conflict",
                "cell": {**SHOWN, "id": "a87ff679-a2f3-4e71-8d91-81a67b754212"},
                "conflict": {
                    "yours": None,
                    "current": {
                        "class": "monocyte",
                        "version": 3,
                        "review_state": "labelled",
                        "by": "Otto",
                        "at": "2026-11-20T08:14:02+00:00",
                        "box": _BOX,
                    },
                },
            },
        ],
        "counts_rows": [COUNT],
        "acts": ACTS,
    },
)
CHANGES = OpenApiExample(
    "Another person's label",
    response_only=True,
    status_codes=["200"],
    value={
        "cells": [SHOWN],
        "gone": [],
        "counts_rows": [COUNT],
        "cursor": "118.2",
        "version": 41,
        "fields": [],
        "acts": ACTS,
    },
)
_COMMENT = {
    "id": "0cc175b9-c0f1-46b8-b1c3-99e269772661",
    "author": "Rita",
    "mine": True,
    "text": "Granules at the border only; compare with the next field.",
    "at": "2026-11-20T08:14:02+00:00",
}
COMMENT = OpenApiExample("A comment", request_only=True, value={"text": _COMMENT["text"]})
COMMENTED = OpenApiExample("The comment", response_only=True, status_codes=["201"], value=_COMMENT)
COMMENTS = OpenApiExample(
    "One comment", response_only=True, status_codes=["200"], value={"comments": [_COMMENT]}
)
SIMILAR = OpenApiExample(
    "One reference cell",
    response_only=True,
    status_codes=["200"],
    value={
        "cells": [
            {
                **SHOWN,
                "id": "a87ff679-a2f3-4e71-8d91-81a67b754212",
                "similarity": 0.9412,
                "reference": True,
                "slide": "c0a8012e-7f3b-4a2e-9a55-6b2f1e0d9c8b",
            }
        ],
        "reference": True,
    },
)
