"""Examples in the OpenAPI document."""

from drf_spectacular.utils import OpenApiExample

_CELL = "b026324c-6904-4b2a-9cb4-b88d6d61c81d"
_MODEL = "d41d8cd9-8f00-4204-a980-0998ecf8427e"

CELL = OpenApiExample(
    "A cell that a person corrected",
    response_only=True,
    status_codes=["200"],
    value={
        "id": _CELL,
        "project": "3f0e7a52-6a0e-4d0f-8d5e-2b1f3c4d5e6f",
        "slide": "c0a8012e-7f3b-4a2e-9a55-6b2f1e0d9c8b",
        "field": "e2d1c0b9-a8f7-4e6d-8c5b-4a3f2e1d0c9b",
        "box": [120.0, 64.5, 176.0, 122.0],
        "kind": "white-cell",
        "origin": "field",
        "score": 0.98,
        "class": "eosinophil",
        "label": "eosinophil",
        "review_state": "labelled",
        "suggested": "neutrophil",
        "suggestion": _MODEL,
        "probability": 0.71,
        "unidentified": False,
        "probabilities": {"neutrophil": 0.71, "eosinophil": 0.22, "monocyte": 0.07},
        "version": 2,
        "crop_url": f"/api/v1/cells/{_CELL}/crop/",
        "hand": False,
        "reference": "",
        "created_at": "2026-11-20T08:12:05Z",
        "retired_at": None,
        "removed_at": None,
    },
)
LABEL_EVENT = OpenApiExample(
    "A correction",
    response_only=True,
    status_codes=["200"],
    value={
        "id": f"{_CELL}:2",
        "cell": _CELL,
        "version": 2,
        "kind": "label",
        "act": "5d41402a-bc4b-4a76-b971-9d911017c592",
        "from": "",
        "to": "eosinophil",
        "from_box": None,
        "to_box": None,
        "actor": "8d6c2ef4-52f4-4b0a-9c5b-0b8f6d1f7a10",
        "actor_name": "Rita",
        "seen_suggestion": True,
        "model": _MODEL,
        "reverts": None,
        "created_at": "2026-11-20T08:14:02Z",
    },
)
