"""The OpenAPI document: how programs and browsers are known, and what a token needs."""

from typing import Any

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension

from apps.accounts.api.permissions import scope_of
from apps.core.api.schema import AutoSchema as BaseAutoSchema


class AutoSchema(BaseAutoSchema):
    """Say in each operation's description which scope a token needs for it."""

    def get_description(self) -> str:
        """Return the docstring of the method and the scope."""
        scope = scope_of(self.view, self.method)
        needed = f"Scope of a token: `{scope.value}`." if scope else "Not open to tokens."
        return f"{super().get_description()}\n\n{needed}"

    def get_auth(self) -> list[dict[str, Any]]:
        """Return the ways to be known; only browsers, where no token may."""
        ways: list[dict[str, Any]] = super().get_auth()
        return ways if scope_of(self.view, self.method) else [way for way in ways if "token" not in way]


class TokenScheme(OpenApiAuthenticationExtension):
    """Describe the key of a token."""

    target_class = "apps.accounts.api.auth.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:  # noqa: ARG002 - the framework's signature
        """Return the scheme of the specification."""
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "A key made under “My account”, “Tokens for programs”; it begins with `wbcweb_`.",
        }


class SessionScheme(OpenApiAuthenticationExtension):
    """Describe the session cookie."""

    target_class = "apps.accounts.api.auth.SessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:  # noqa: ARG002 - the framework's signature
        """Return the scheme of the specification."""
        return {
            "type": "apiKey",
            "in": "cookie",
            "name": settings.SESSION_COOKIE_NAME,
            "description": "A browser that is signed in; what it sends needs the header `X-CSRFToken` as well.",
        }
