"""Examples in the OpenAPI document."""

from drf_spectacular.utils import OpenApiExample

_AT = "/readings/6f1ed002-ab59-4d3c-8a4e-4e0b0e6f1c21/images"
_SCREEN = {"width": 1920, "height": 1080, "pixel_ratio": 1.0, "gamut": "srgb", "touch": False}

DOCUMENT = OpenApiExample(
    "The twelfth image",
    response_only=True,
    status_codes=["200"],
    value={
        "state": "reading",
        "answered": 11,
        "total": 100,
        "side": 384,
        "opens_at": None,
        "classes": [
            {"name": "neutrophil", "title": "Neutrophil", "key": "1"},
            {"name": "other", "title": "Other", "key": "o"},
            {"name": "cannot-tell", "title": "Cannot tell", "key": "x"},
        ],
        "next": {
            "slot": 22,
            "part": "reading",
            "sitting": 1,
            "position": 12,
            "image": f"{_AT}/5d41402abc4b2a76b9719d911017c592/",
            "prefetch": f"{_AT}/7d793037a0760186574b0282f2f435e7/",
            "questions": ["class"],
            "break_due": False,
            "back": None,
            "said": None,
        },
    },
)
VIEWING = OpenApiExample("It is shown", request_only=True, value={"slot": 22, "screen": _SCREEN})
ANSWER = OpenApiExample(
    "A class",
    request_only=True,
    value={
        "slot": 22,
        "answer": "neutrophil",
        "realism": None,
        "reason": "",
        "times": {
            "shown_ms": 60210,
            "first_ms": 63480,
            "class_ms": 63480,
            "answered_ms": 63480,
            "blank_ms": 516,
            "hidden_ms": 0,
            "hidden_times": 0,
            "blurred_ms": 0,
            "earlier_ms": 0,
            "interrupted": False,
            "changes": 0,
        },
        "screen": _SCREEN,
        "idempotency_key": "5f0c9a7e1d2b4c3a",
    },
)
