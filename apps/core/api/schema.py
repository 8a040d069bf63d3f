"""The OpenAPI document: every refusal that an operation can meet, said once for all of them."""

from __future__ import annotations

import re
from typing import Any

from drf_spectacular.extensions import OpenApiSerializerExtension
from drf_spectacular.openapi import AutoSchema as BaseAutoSchema
from drf_spectacular.utils import OpenApiResponse

from apps.core.api.lists import ListView
from apps.core.api.negotiation import AnythingAccepted
from apps.core.api.serializers import Error

_JSON = ["application/json"]
_WORDS = {
    "400": "Something of what was sent makes no sense; the message says what.",
    "401": "Nobody is signed in, or the key opens nothing.",
    "403": "The role or the scope does not allow it, or the token against forged requests is missing.",
    "404": "There is nothing here, or it belongs to a project that you are not a member of.",
    "406": "The request accepts something else than JSON only.",
    "413": "The body is above the limit.",
    "415": "The body has another content type than the operation takes.",
    "429": "Too many requests in this minute; `Retry-After` says how many seconds to wait.",
}
_RETRY_AFTER = {"Retry-After": {"schema": {"type": "integer", "minimum": 1}, "description": "Seconds."}}


class AutoSchema(BaseAutoSchema):
    """Add to each operation what holds for all of its kind, so that no view has to say it."""

    def get_operation_id(self) -> str:
        """Return the name of the operation: of its path and method, in characters that every language allows."""
        return re.sub(r"[^A-Za-z0-9]+", "_", super().get_operation_id())

    def get_summary(self) -> str:
        """Return the first words of what the operation does."""
        return re.split(r"[.;:,]", self.get_description(), maxsplit=1)[0].strip()

    def _is_list_view(self, serializer: Any = None) -> bool:
        return (self.method == "GET" and isinstance(self.view, ListView)) or super()._is_list_view(serializer)

    def _get_response_bodies(self, direction: Any = "response") -> dict[str, Any]:
        bodies: dict[str, Any] = super()._get_response_bodies(direction)
        for code in self._refusals():
            if code not in bodies:
                refusal = OpenApiResponse(Error, description=_WORDS[code])
                bodies[code] = self._get_response_for_code(refusal, code, _JSON)
        bodies["429"]["headers"] = _RETRY_AFTER
        return dict(sorted(bodies.items()))

    def _refusals(self) -> list[str]:
        """Return the statuses that this operation can answer with whatever it is about."""
        codes = ["401", "403", "429"]
        if not issubclass(self.view.content_negotiation_class, AnythingAccepted):
            codes.append("406")
        if "{" in self.path:
            codes.append("404")
        if self.method in {"POST", "PUT", "PATCH"} and self._get_request_body():
            codes += ["400", "413", "415"]
        elif self.method == "GET" and (self._is_list_view() or self.get_override_parameters()):
            codes.append("400")
        return codes


class ClosedInput(OpenApiSerializerExtension):
    """Say in the document that an `Input` has no further fields."""

    target_class = "apps.core.api.serializers.Input"
    match_subclasses = True

    def map_serializer(self, auto_schema: BaseAutoSchema, direction: Any) -> dict[str, Any]:
        """Return the shape as it would be otherwise, and closed."""
        found = auto_schema._map_serializer(self.target, direction, bypass_extensions=True)  # noqa: SLF001 - the library's documented way
        return {**found, "additionalProperties": False}
