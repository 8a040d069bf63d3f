"""Examples in the OpenAPI document."""

from drf_spectacular.utils import OpenApiExample

_DIGEST = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

CLASS_LIST = OpenApiExample(
    "A class list (two of its classes)",
    response_only=True,
    status_codes=["200"],
    value={
        "id": "eight:1",
        "name": "eight",
        "version": 1,
        "title": "Eight classes",
        "published": True,
        "sha256": _DIGEST,
        "classes": [
            {
                "name": "neutrophil",
                "title": "Neutrophil",
                "letter": "N",
                "key": "1",
                "colour": "#56B4E9",
                "role": "leukocyte",
                "human_only": False,
            },
            {
                "name": "erythroblast",
                "title": "Erythroblast",
                "letter": "K",
                "key": "7",
                "colour": "#CC79A7",
                "role": "nrbc",
                "human_only": False,
            },
        ],
        "created_at": "2026-11-20T08:00:00Z",
    },
)
_MODEL = {
    "id": "d41d8cd9-8f00-4204-a980-0998ecf8427e",
    "name": "compact",
    "version": 1,
    "task": "classify",
    "architecture": "compact",
    "class_list": "eight:1",
    "state": "active",
    "shipped": True,
    "project": None,
    "parent": None,
    "weights_sha256": _DIGEST,
    "created_at": "2026-11-20T08:00:00Z",
}
MODEL = OpenApiExample("A classifier", response_only=True, status_codes=["200"], value=_MODEL)
MODEL_DETAIL = OpenApiExample(
    "A classifier with its card",
    response_only=True,
    status_codes=["200"],
    value={**_MODEL, "card": {"name": "compact", "version": 1, "metrics": {"pbc": {"accuracy": 0.98}}}},
)
