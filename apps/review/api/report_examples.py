"""Examples in the OpenAPI document: differentials and reports."""

from drf_spectacular.utils import OpenApiExample

_SLIDE = "c0a8012e-7f3b-4a2e-9a55-6b2f1e0d9c8b"
_REPORT = "5a1e0c2b-9d3f-4c7e-8b6a-1f2e3d4c5b6a"
_RANGE = {
    "id": "7c9e6679-7425-40de-944b-e07fc1f90ae7",
    "class": "eosinophil",
    "unit": "percent",
    "sex": "",
    "age_low": 15.0,
    "age_high": None,
    "low": 0.0,
    "high": 2.5,
    "source": "Own donors, 2024, n = 240",
    "valid_from": "2025-01-01",
}
_ROW = {
    "class": "eosinophil",
    "title": "Eosinophil",
    "letter": "E",
    "role": "leukocyte",
    "n": 20,
    "labelled": 4,
    "suggested": 16,
    "percent": 5.0,
    "low": 3.1,
    "high": 7.6,
    "absolute": {"value": 0.4, "low": 0.246, "high": 0.61},
    "ranges": [
        {
            "verdict": "above",
            "limits": "0.0\N{EN DASH}2.5 %",
            "text": "above the reference range, 3.1\N{EN DASH}7.6 %",
            "range": _RANGE,
        }
    ],
    "flags": ["above the reference range, 3.1\N{EN DASH}7.6 %"],
    "advice": None,
}
_SHORT = {
    "id": _REPORT,
    "short_id": "5A1E0C2B",
    "project": "3f0e7a52-6a0e-4d0f-8d5e-2b1f3c4d5e6f",
    "slide": _SLIDE,
    "number": 1,
    "supersedes": None,
    "specimen": "S-0231",
    "leukocytes": 400,
    "flags": ["Eosinophil: above the reference range, 3.1\N{EN DASH}7.6 %"],
    "signatures": [{"name": "Rita", "at": "2026-11-20T08:14:02Z"}],
    "signatures_needed": 1,
    "digest": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "created_at": "2026-11-20T08:14:02Z",
}

DIFFERENTIAL = OpenApiExample(
    "A differential that may be signed",
    response_only=True,
    status_codes=["200"],
    value={
        "slide": _SLIDE,
        "hidden": False,
        "leukocytes": 400,
        "cells": 412,
        "wbc": {"entered": 8.0, "used": 8.0},
        "laboratory": "Haematology, second floor",
        "note": "",
        "rows": [_ROW],
        "signed": None,
        "signing": {"ready": True, "reasons": [], "url": f"/slides/{_SLIDE}/sign/"},
    },
)
REPORT = OpenApiExample("A signed report", response_only=True, status_codes=["200"], value=_SHORT)
WHOLE_REPORT = OpenApiExample(
    "A signed report with all that it says",
    response_only=True,
    status_codes=["200"],
    value={
        **_SHORT,
        "state": "Signed",
        "intact": True,
        "facts": [{"name": "Stain", "value": "May-Gr\u00fcnwald-Giemsa"}],
        "rows": [_ROW],
        "notes": ["Intervals of absolute counts take the leukocyte count as exact."],
        "research_use": "For research use only. Not a medical device, and not for diagnosis.",
    },
)
