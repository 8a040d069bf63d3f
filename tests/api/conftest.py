from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import ApiToken, User
from apps.accounts.services import make_api_token


@dataclass
class Program:
    """A program with the key of a token; it has no cookies, and checks for forged requests hold as on a real site."""

    token: ApiToken
    key: str

    def __getattr__(self, method: str) -> Callable[..., Any]:
        client = Client(enforce_csrf_checks=True, headers={"Authorization": f"Bearer {self.key}"})
        send = getattr(client, method)

        def call(address: str, data: Any = None, **more: Any) -> Any:
            if method != "get" and not any(hasattr(value, "read") for value in (data or {}).values()):
                more.setdefault("content_type", "application/json")
            return send(address, data, **more)

        return call


@pytest.fixture
def program() -> Callable[..., Program]:
    """Return a function that gives a program of a person, with scopes besides "read"."""

    def make(user: User, *scopes: str, days: int = 30) -> Program:
        return Program(*make_api_token(user=user, name="script", scopes=scopes, days=days))

    return make
