"""Examples in the OpenAPI document."""

from drf_spectacular.utils import OpenApiExample

CELL_ID = "b026324c-6904-4b2a-9cb4-b88d6d61c81d"
FIELD_ID = "e2d1c0b9-a8f7-4e6d-8c5b-4a3f2e1d0c9b"
_MODEL = "d41d8cd9-8f00-4204-a980-0998ecf8427e"
COUNT = {
    "class": "eosinophil",
    "title": "Eosinophil",
    "letter": "E",
    "colour": "#D55E00",
    "role": "leukocyte",
    "n": 4,
    "labelled": 1,
    "suggested": 3,
    "percent": 2.0,
    "low": 0.5,
    "high": 5.0,
}
SHOWN = {
    "id": CELL_ID,
    "field": FIELD_ID,
    "box": [120.0, 64.5, 176.0, 122.0],
    "class": "eosinophil",
    "letter": "E",
    "review_state": "labelled",
    "suggested": "neutrophil",
    "suggestion": _MODEL,
    "probability": 0.71,
    "unidentified": False,
    "version": 2,
    "crop_url": f"/cells/{CELL_ID}/crop/",
    "probabilities": {"neutrophil": 0.71, "eosinophil": 0.29},
    "by": "Rita",
    "low_confidence": True,
    "origin": "field",
    "score": 0.98,
    "hand": False,
    "comments": 0,
}
ACTS = {
    "undo": {"what": "Eosinophil for 1 cell", "n": 1, "act": "5d41402a-bc4b-4a76-b971-9d911017c592"},
    "redo": None,
}
LABEL = OpenApiExample(
    "A correction",
    request_only=True,
    value={
        "to": "eosinophil",
        "version": 1,
        "seen_suggestion": True,
        "suggestion": _MODEL,
        "idempotency_key": "6f1c7e52",
    },
)
WITHDRAWAL = OpenApiExample(
    "Taking one's own label back",
    request_only=True,
    value={"to": None, "version": 2, "seen_suggestion": True},
)
LABELLED = OpenApiExample(
    "The cell afterwards",
    response_only=True,
    status_codes=["200"],
    value={"cell": SHOWN, "counts_rows": [COUNT], "acts": ACTS},
)
SLIDE = OpenApiExample(
    "A slide with one field and one cell",
    response_only=True,
    status_codes=["200"],
    value={
        "slide": {
            "id": "c0a8012e-7f3b-4a2e-9a55-6b2f1e0d9c8b",
            "title": "S-0231 smear 1",
            "simulated": False,
            "can_label": True,
            "state": "done",
            "partial": False,
            "job": "77777777-8888-4999-aaaa-bbbbccccdddd",
            "state_message": "1 field analysed by locator v1 and compact v1.",
            "signed": None,
            "sign_url": "/slides/c0a8012e-7f3b-4a2e-9a55-6b2f1e0d9c8b/sign/",
        },
        "classes": [
            {
                "name": "eosinophil",
                "title": "Eosinophil",
                "letter": "E",
                "key": "4",
                "colour": "#D55E00",
                "role": "leukocyte",
                "human_only": False,
            }
        ],
        "fields": [
            {
                "id": FIELD_ID,
                "position": 1,
                "title": "field 1",
                "width": 640,
                "height": 480,
                "image_url": f"/fields/{FIELD_ID}/image/",
                "thumbnail_url": f"/fields/{FIELD_ID}/thumbnail/",
                "um_per_px": 0.069,
                "scale_source": "device",
                "analysed": True,
                "quality": {
                    "light": "green",
                    "word": "Good",
                    "reason": "Sharp, well lit and stained.",
                    "measures": [],
                },
                "complete": True,
                "completed": {"by": "Anna Weber", "at": "2026-11-20T09:30:00Z", "changed_since": 1},
            }
        ],
        "cells": [SHOWN],
        "counts": {"eosinophil": 4},
        "counts_rows": [COUNT],
        "acts": ACTS,
        "cursor": "117.1",
        "version": 3,
    },
)
CONFLICT = OpenApiExample(
    "Somebody was first",
    response_only=True,
    status_codes=["409"],
    value={
        "error": {
            "code": "conflict",
            "message": "Otto changed this cell meanwhile; it carries monocyte now.",
            "detail": {
                "yours": "eosinophil",
                "current": {
                    "class": "monocyte",
                    "version": 2,
                    "review_state": "labelled",
                    "by": "Otto",
                    "at": "2026-11-20T08:14:02+00:00",
                    "box": [120.0, 64.5, 176.0, 122.0],
                },
            },
        }
    },
)
LABEL_LIST = OpenApiExample(
    "Two labels",
    request_only=True,
    value={
        "labels": [
            {"cell": CELL_ID, "to": "eosinophil", "version": 1, "seen_suggestion": True},
            {
                "cell": "a87ff679-a2f3-4e71-8d91-81a67b754212",
                "to": "monocyte",
                "version": 1,
                "seen_suggestion": True,
            },
        ]
    },
)
LABEL_RESULTS = OpenApiExample(
    "One taken, one refused",
    response_only=True,
    status_codes=["200"],
    value={
        "results": [
            {
                "cell": CELL_ID,
                "status": 200,
                "class": "eosinophil",
                "letter": "E",
                "review_state": "labelled",
                "version": 2,
            },
            {
                "cell": "a87ff679-a2f3-4e71-8d91-81a67b754212",
                "status": 404,
                "error": {"code": "not-found", "message": "There is no such cell.", "detail": {}},
            },
        ],
        "counts_rows": [COUNT],
        "acts": ACTS,
    },
)
UNDO = OpenApiExample("Undo", request_only=True, value={"version": 2})
SEEN = OpenApiExample("A cell was on screen", request_only=True, value={"cells": [CELL_ID]})
SEEN_COUNT = OpenApiExample(
    "It was new to the person", response_only=True, status_codes=["200"], value={"seen": 1}
)
ANALYSE = OpenApiExample(
    "The job",
    response_only=True,
    status_codes=["202"],
    value={"job": "77777777-8888-4999-aaaa-bbbbccccdddd"},
)
BIOGRAPHY = OpenApiExample(
    "Found and corrected",
    response_only=True,
    status_codes=["200"],
    value={
        "events": [
            {
                "at": "2026-11-20T08:12:05Z",
                "kind": "found",
                "text": "Found by locator v1, 0.98",
                "who": "",
                "detail": {"box": [120.0, 64.5, 176.0, 122.0], "score": 0.98},
            },
            {
                "at": "2026-11-20T08:14:02Z",
                "kind": "label",
                "text": "Labelled: no label → eosinophil",
                "who": "Rita",
                "detail": {"from": None, "to": "eosinophil", "version": 2},
            },
        ]
    },
)
