"""Who gets into the API at all, and what a token may be used for. Roles are asked by services and selectors."""

from typing import Any

from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from apps.accounts.api.throttles import count_stranger
from apps.accounts.models import ApiToken, Scope


class SignedIn(BasePermission):
    """Let in whoever the API knows; strangers are counted, because limits come after permissions elsewhere."""

    def has_permission(self, request: Request, view: Any) -> bool:  # noqa: ARG002 - the framework's signature
        """Return whether somebody is known.

        Raises:
            Throttled: when too many strangers' requests come from one address.
        """
        if request.user and request.user.is_authenticated:
            return True
        count_stranger(request)
        return False


def scope_of(view: Any, method: str) -> Scope | None:
    """Return the scope that a token needs for a method of a view: the view's word for it, else "read" for reading.

    None means that no token may do it: what a view does not offer to programs, a program cannot do.
    """
    declared: dict[str, Scope] = getattr(view, "scopes", {})
    return declared.get(method) or (Scope.READ if method in SAFE_METHODS else None)


class WithinScope(BasePermission):
    """Hold a token to its scopes; a session has none."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Return whether the token may be used so.

        Raises:
            PermissionDenied: with the scope that is missing.
        """
        if not isinstance(request.auth, ApiToken) or not hasattr(view, (request.method or "").lower()):
            return True  # a method that the view does not have is answered as such
        needed = scope_of(view, request.method or "")
        if needed is None:
            raise PermissionDenied(
                "No token may do this: sign in and do it on the page.", code="not-for-tokens"
            )
        if needed not in request.auth.scopes:
            raise PermissionDenied(
                f"This token lacks the scope “{needed.value}” ({needed.label.lower()}).", code="scope"
            )
        return True
