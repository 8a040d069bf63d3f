"""Examples in the OpenAPI document."""

from drf_spectacular.utils import OpenApiExample

ME = OpenApiExample(
    "A program of a reviewer",
    response_only=True,
    status_codes=["200"],
    value={
        "id": "8d6c2ef4-52f4-4b0a-9c5b-0b8f6d1f7a10",
        "email": "rita@example.org",
        "name": "Rita",
        "is_site_admin": False,
        "token": {
            "id": "1c2f3a44-0b5e-4a0f-8f7e-6d1a5a0e7c01",
            "name": "microscope in room 3",
            "scopes": ["read", "upload"],
            "expires_at": "2027-02-18T09:00:00Z",
        },
    },
)
_PROJECT = {
    "id": "3f0e7a52-6a0e-4d0f-8d5e-2b1f3c4d5e6f",
    "name": "Haematology",
    "description": "Routine smears of the day shift.",
    "is_demo": False,
    "role": "reviewer",
    "created_at": "2026-11-20T08:00:00Z",
}
PROJECT = OpenApiExample("A project", response_only=True, status_codes=["200"], value=_PROJECT)
PROJECT_DETAIL = OpenApiExample(
    "A project in full",
    response_only=True,
    status_codes=["200", "201"],
    value={
        **_PROJECT,
        "actions": ["view", "label", "upload"],
        "version": "2cf24dba5fb0a30e26e83b2ac5b9e29e",
    },
)
NEW_PROJECT = OpenApiExample(
    "A new project", request_only=True, value={"name": "Haematology", "description": "", "manage": True}
)
PROJECT_CHANGE = OpenApiExample(
    "Another description",
    request_only=True,
    value={"description": "Smears of the night shift.", "version": "2cf24dba5fb0a30e26e83b2ac5b9e29e"},
)
MEMBER = OpenApiExample(
    "A member",
    response_only=True,
    status_codes=["200", "201"],
    value={
        "id": "8d6c2ef4-52f4-4b0a-9c5b-0b8f6d1f7a10",
        "name": "Rita",
        "email": "rita@example.org",
        "is_active": True,
        "role": "reviewer",
        "version": "486ea46224d1bb4fb680f34f7c9ad96a",
        "created_at": "2026-11-20T08:05:00Z",
    },
)
NEW_MEMBER = OpenApiExample(
    "A new reviewer", request_only=True, value={"email": "rita@example.org", "role": "reviewer"}
)
ROLE = OpenApiExample(
    "More to do",
    request_only=True,
    value={"role": "researcher", "version": "486ea46224d1bb4fb680f34f7c9ad96a"},
)
