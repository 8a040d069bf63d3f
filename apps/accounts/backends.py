"""How Django knows a person: allauth's ways to sign in, and who a session belongs to by a compiled read."""

from __future__ import annotations

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend

from apps.accounts.models import User
from apps.core.compiled import CompiledRead

_person: CompiledRead[User] = CompiledRead(lambda pk: User.objects.filter(pk=pk).order_by(), pk=int)


class Backend(AuthenticationBackend):
    """Sign in by e-mail address and password."""

    def get_user(self, user_id: Any) -> User | None:
        """Return the person of a session, None for one who may not sign in."""
        found = _person.first(pk=user_id)
        return found if found is not None and self.user_can_authenticate(found) else None
