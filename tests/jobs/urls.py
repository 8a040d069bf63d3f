"""The small site has workers only, no pages."""

from typing import Any

urlpatterns: list[Any] = []
