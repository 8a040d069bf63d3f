"""Examples in the OpenAPI document."""

from drf_spectacular.utils import OpenApiExample

_PROJECT = "3f0e7a52-6a0e-4d0f-8d5e-2b1f3c4d5e6f"
_SPECIMEN = "5b1c6c1e-9a34-4a53-8a6b-2f7f0a1b2c3d"
_SLIDE = "c0a8012e-7f3b-4a2e-9a55-6b2f1e0d9c8b"
_FIELD = "e2d1c0b9-a8f7-4e6d-8c5b-4a3f2e1d0c9b"
_DEVICE = "aa11bb22-cc33-4d44-9e55-ff6677889900"
_UPLOAD = "0f1e2d3c-4b5a-4968-8776-655443322110"
_JOB = "77777777-8888-4999-aaaa-bbbbccccdddd"
_VERSION = "9e107d9d372bb6826bd81d3542a419d6"
_MADE = "2026-11-20T08:12:00Z"

DEVICE = OpenApiExample(
    "A microscope camera",
    response_only=True,
    status_codes=["200", "201"],
    value={
        "id": _DEVICE,
        "project": _PROJECT,
        "name": "BX53 with DP74",
        "objective": "100x oil",
        "um_per_px": 0.069,
        "created_at": _MADE,
    },
)
NEW_DEVICE = OpenApiExample(
    "A microscope camera",
    request_only=True,
    value={"name": "BX53 with DP74", "objective": "100x oil", "um_per_px": 0.069, "version": _VERSION},
)
SPECIMEN = OpenApiExample(
    "A specimen",
    response_only=True,
    status_codes=["200"],
    value={
        "id": _SPECIMEN,
        "project": _PROJECT,
        "pseudonym": "S-0231",
        "age_band": "40-49",
        "sex": "female",
        "species": "human",
        "stain": "May-Grünwald-Giemsa",
        "anticoagulant": "EDTA",
        "collected_at": "2026-11-19T07:30:00Z",
        "version": _VERSION,
        "created_at": _MADE,
    },
)
SPECIMEN_CHANGE = OpenApiExample(
    "Another stain", request_only=True, value={"stain": "Wright", "version": _VERSION}
)
_ROW = {
    "id": _SLIDE,
    "project": _PROJECT,
    "specimen": _SPECIMEN,
    "pseudonym": "S-0231",
    "title": "S-0231 smear 1",
    "device": _DEVICE,
    "simulated": False,
    "created_at": _MADE,
    "trashed_at": None,
    "fields": 12,
}
SLIDE_ROW = OpenApiExample("A slide", response_only=True, status_codes=["200"], value=_ROW)
SLIDE = OpenApiExample(
    "A slide in full",
    response_only=True,
    status_codes=["200"],
    value={**_ROW, "version": _VERSION, "device_version": "e4d909c290d0fb1ca068ffaddf22cbd0"},
)
SLIDE_CHANGE = OpenApiExample(
    "Another title", request_only=True, value={"title": "S-0231 smear 2", "version": _VERSION}
)
FIELD = OpenApiExample(
    "A field",
    response_only=True,
    status_codes=["200"],
    value={
        "id": _FIELD,
        "project": _PROJECT,
        "slide": _SLIDE,
        "position": 1,
        "title": "field 1",
        "width": 640,
        "height": 480,
        "um_per_px": 0.069,
        "scale_source": "device",
        "complete": False,
        "quality": {
            "light": "amber",
            "word": "Doubtful",
            "reason": "The picture is not quite sharp: edges are 2.1 µm wide.",
            "measures": [
                {
                    "name": "focus",
                    "value": 2.1,
                    "unit": "µm",
                    "light": "amber",
                    "words": "The picture is not quite sharp: edges are 2.1 µm wide.",
                    "green": [None, 1.9],
                    "amber": [None, 2.6],
                }
            ],
        },
        "pixel_sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "notices": [],
        "image_url": f"/api/v1/fields/{_FIELD}/image/",
        "thumbnail_url": f"/api/v1/fields/{_FIELD}/thumbnail/",
        "version": _VERSION,
        "created_at": _MADE,
    },
)
FIELD_CHANGE = OpenApiExample(
    "Another title", request_only=True, value={"title": "edge", "version": _VERSION}
)
COMPLETE = OpenApiExample("All cells are boxed", request_only=True, value={"complete": True})
OPEN_UPLOAD = OpenApiExample(
    "One slide", request_only=True, value={"mode": "one-slide", "title": "S-0231 smear 1", "analyse": False}
)
UPLOAD_ID = OpenApiExample("An upload", response_only=True, status_codes=["201"], value={"id": _UPLOAD})
ADDED_FILE = OpenApiExample(
    "A received file",
    response_only=True,
    status_codes=["201"],
    value={"id": "12121212-3434-4565-8787-909090909090", "filename": "field-1.png"},
)
COMPLETED = OpenApiExample("The job", response_only=True, status_codes=["202"], value={"job": _JOB})
UPLOAD = OpenApiExample(
    "Stored",
    response_only=True,
    status_codes=["200"],
    value={
        "id": _UPLOAD,
        "state": "done",
        "message": "",
        "can_retry": False,
        "mode": "one-slide",
        "slide": _SLIDE,
        "job": _JOB,
        "job_state": "succeeded",
        "counts": {"waiting": 0, "stored": 1, "duplicate": 0, "failed": 0},
        "files": [
            {
                "id": "12121212-3434-4565-8787-909090909090",
                "filename": "field-1.png",
                "size": 412345,
                "state": "stored",
                "message": "",
                "notices": [],
                "slide": _SLIDE,
                "field": _FIELD,
            }
        ],
    },
)
