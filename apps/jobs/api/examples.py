"""Examples in the OpenAPI document."""

from drf_spectacular.utils import OpenApiExample

JOB = OpenApiExample(
    "An analysis at work",
    response_only=True,
    status_codes=["200"],
    value={
        "id": "77777777-8888-4999-aaaa-bbbbccccdddd",
        "kind": "analyse",
        "title": "Analyse S-0231",
        "subject": "slide:c0a8012e-7f3b-4a2e-9a55-6b2f1e0d9c8b",
        "project": "3f0e7a52-6a0e-4d0f-8d5e-2b1f3c4d5e6f",
        "requester": "Rita",
        "state": "running",
        "attempt": 1,
        "failures": 0,
        "max_attempts": 3,
        "error": "",
        "progress": {
            "stage": "Finding cells",
            "message": "Field 3 of 12",
            "done": 2,
            "total": 12,
            "fraction": 0.1667,
            "unit": "fields",
            "rate": 0.8,
            "rate_words": "0.8 fields a second",
            "seconds_left": 12.5,
            "left_words": "about 13 seconds left",
            "seconds_waited": 0.4,
            "seconds_run": 2.5,
            "cancelling": False,
            "poll_ms": 500,
        },
        "metrics": {},
        "created_at": "2026-11-20T08:12:00Z",
        "started_at": "2026-11-20T08:12:00Z",
        "finished_at": None,
    },
)
