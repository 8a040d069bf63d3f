from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import SessionAuthentication as BaseSessionAuthentication
from rest_framework.request import Request


class SessionAuthentication(BaseSessionAuthentication):
    """Know people by their session, and answer 401 (not 403) to those who have none.

    The framework answers 401 only when it can name a way to sign in.
    """

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002 - the framework's signature
        """Return the value of ``WWW-Authenticate``."""
        return "Session"


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Describe the session cookie in the OpenAPI document."""

    target_class = "apps.core.api.auth.SessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:  # noqa: ARG002 - the framework's signature
        """Return the scheme of the specification."""
        from django.conf import settings

        return {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME}
