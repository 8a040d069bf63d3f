"""Whether a slide is signed and where it is signed, as plain values for pages and programs."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from apps.review.signing.selectors import SignedState, signed_state
from apps.slides.models import Slide

Json = dict[str, Any]


def signed_json(state: SignedState) -> Json | None:
    """Return whether a slide is signed, None when nobody signed it."""
    if state.report is None:
        return None
    return {
        "report": str(state.report.public_id),
        "url": reverse("review:report", args=[state.report.public_id]),
        "number": state.report.number,
        "state": state.word,
        "by": state.names,
        "at": state.at,
    }


def signing_json(slide: Slide) -> Json:
    """Return what the pages of a slide say of signing: one query of a slide without reports, three of a signed one."""
    return {
        "signed": signed_json(signed_state(slide)),
        "sign_url": reverse("review:sign", args=[slide.public_id]),
    }
