"""Examples in the OpenAPI document."""

from drf_spectacular.utils import OpenApiExample

_READING = "6f1ed002-ab59-4d3c-8a4e-4e0b0e6f1c21"
_ITEM = "b5bb9d80-14a0-4f9b-9d61-e21e796d78dc"
_KEY = "5f0c9a7e1d2b4c3a"

_SHORT = {
    "id": _READING,
    "project": "3f0e7a52-6a0e-4d0f-8d5e-2b1f3c4d5e6f",
    "slide": "c0a8012e-7f3b-4a2e-9a55-6b2f1e0d9c8b",
    "reader": "8d6c2ef4-52f4-4b0a-9c5b-0b8f6d1f7a10",
    "reader_name": "Rita",
    "state": "done",
    "seen_before": 0,
    "cells": 200,
    "labelled": 200,
    "compared": 200,
    "agreed": 186,
    "decided": 9,
    "created_at": "2026-11-20T08:12:05Z",
    "started_at": "2026-11-20T09:01:40Z",
    "done_at": "2026-11-20T09:14:22Z",
}
READING = OpenApiExample("A reading that is done", response_only=True, status_codes=["200"], value=_SHORT)
READING_DETAIL = OpenApiExample(
    "How far two people agree",
    response_only=True,
    status_codes=["200"],
    value={
        **_SHORT,
        "agreement": {
            "cells": 200,
            "agreed": 186,
            "share": {"value": 0.93, "low": 0.885, "high": 0.961},
            "kappa": {"value": 0.871, "low": 0.808, "high": 0.934},
            "ac1": {"value": 0.914, "low": 0.871, "high": 0.957},
            "few": False,
            "cells_needed": 50,
            "per_class": [
                {"class": "neutrophil", "both": 118, "specific": 0.967, "first": None, "second": None},
                {"class": "lymphocyte", "both": 68, "specific": 0.907, "first": None, "second": None},
            ],
            "table": None,
        },
    },
)
_NEUTROPHIL = {
    "name": "neutrophil",
    "title": "Neutrophil",
    "letter": "N",
    "key": "1",
    "colour": "#56B4E9",
    "role": "leukocyte",
    "human_only": False,
}
_CELL = {
    "id": _ITEM,
    "position": 1,
    "class": "neutrophil",
    "version": 2,
    "crop_url": f"/second-readings/{_READING}/cells/{_ITEM}/",
}
CELLS = OpenApiExample(
    "A slide being read",
    response_only=True,
    status_codes=["200"],
    value={"id": _READING, "state": "reading", "classes": [_NEUTROPHIL], "cells": [_CELL]},
)
_DISAGREEMENT = {**_CELL, "class": "", "version": 1, "candidates": ["neutrophil", "monocyte"]}
DISAGREEMENTS = OpenApiExample(
    "What the two class differently",
    response_only=True,
    status_codes=["200"],
    value={"id": _READING, "state": "done", "classes": [_NEUTROPHIL], "cells": [_DISAGREEMENT]},
)
ACT = OpenApiExample(
    "A class", request_only=True, value={"to": "neutrophil", "version": 1, "idempotency_key": _KEY}
)
UNDO = OpenApiExample("An undo", request_only=True, value={"idempotency_key": _KEY})
ACTED = OpenApiExample("The cell now", response_only=True, status_codes=["200"], value={"cell": _CELL})
DECIDED = OpenApiExample(
    "The cell now",
    response_only=True,
    status_codes=["200"],
    value={"cell": {**_DISAGREEMENT, "class": "neutrophil", "version": 2}},
)
CONFLICT = OpenApiExample(
    "Another window was faster",
    response_only=True,
    status_codes=["409"],
    value={
        "error": {
            "code": "conflict",
            "message": "You changed this cell in another window; it carries monocyte now.",
            "detail": {"yours": "neutrophil", "current": {"class": "monocyte", "version": 3}},
        }
    },
)
