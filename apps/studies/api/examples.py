"""Examples in the OpenAPI document."""

from drf_spectacular.utils import OpenApiExample

_STUDY = "5b1d9d0e-3c1f-4f7e-9a55-0d7b1c2e3f40"
_READER = "0c9e1a52-77aa-4f6b-8f1d-6a5b4c3d2e1f"
_MADE = "2026-11-20T08:12:00Z"
_EACH = {"neutrophil": 10, "lymphocyte": 10, "monocyte": 10, "eosinophil": 10, "basophil": 10}

_PROTOCOL = {
    "preset": "jung-2022",
    "classes": list(_EACH),
    "arms": [
        {"name": "Real", "origin": "real", "source": "cells", "per_class": _EACH},
        {
            "name": "Synthetic",
            "origin": "synthetic",
            "source": "import:1a2b3c4d-5e6f-4a7b-8c9d-0e1f2a3b4c5d",
            "per_class": _EACH,
        },
    ],
    "questions": ["class"],
    "sittings": 1,
    "sitting_gap_days": 28,
    "repeats": 0.1,
    "controls": 0,
    "control_source": "",
    "practice": 5,
    "image_side": 384,
    "scale": "stretched",
    "going_back": False,
    "break_every": 25,
    "margin": 0.1,
    "readers": 5,
    "reader_title": "",
    "two_person_unblinding": True,
    "consent_text": "You are asked to look at images of single blood cells.",
    "exclude_labelled_by_reader": True,
}
_ROW = {
    "id": _STUDY,
    "title": "Real against generated, spring",
    "state": "draft",
    "preset": "jung-2022",
    "created_at": _MADE,
    "due_at": None,
}

STUDY_ROW = OpenApiExample("A draft", response_only=True, status_codes=["200"], value=_ROW)
STUDY = OpenApiExample(
    "A draft",
    response_only=True,
    status_codes=["200", "201"],
    value={
        **_ROW,
        "version": 1,
        "digest": "",
        "protocol": _PROTOCOL,
        "steps": [{"to": "draft", "at": _MADE, "who": "Rita Researcher", "why": ""}],
        "job": None,
    },
)
NEW_STUDY = OpenApiExample(
    "The published study",
    request_only=True,
    value={"title": "Real against generated, spring", "preset": "jung-2022"},
)
CHANGE_STUDY = OpenApiExample(
    "Another protocol",
    request_only=True,
    value={"version": 1, "title": "Real against generated, spring", "protocol": _PROTOCOL},
)
CHECK = OpenApiExample(
    "One class is short",
    response_only=True,
    status_codes=["200"],
    value={
        "problems": ["“Synthetic” draws 10 of class basophil, and there are 7."],
        "counted": 100,
        "trials": 110,
    },
)
STEP = OpenApiExample(
    "Open", request_only=True, value={"to": "open", "why": "", "due_at": "2026-12-20T22:59:00Z"}
)
READER = OpenApiExample(
    "A reader at work",
    response_only=True,
    status_codes=["200"],
    value={
        "id": _READER,
        "pseudonym": "R1",
        "answered": 42,
        "total": 110,
        "last_at": _MADE,
        "withdrawn_at": None,
    },
)
ENROL = OpenApiExample(
    "A member", request_only=True, value={"reader": "9f8e7d6c-5b4a-4392-8170-6f5e4d3c2b1a"}
)
NEW_READER = OpenApiExample(
    "The first reader", response_only=True, status_codes=["201"], value={"id": _READER, "pseudonym": "R1"}
)
INVITE = OpenApiExample("For a colleague", request_only=True, value={"for_name": "Dr Example, Graz"})
INVITATION = OpenApiExample(
    "The link",
    response_only=True,
    status_codes=["201"],
    value={
        "id": "33333333-4444-4555-8666-777777777777",
        "for_name": "Dr Example, Graz",
        "expires_at": "2026-12-04T08:12:00Z",
        "link": "https://wbcweb.example.org/study-invitations/kX3v.../",
    },
)
