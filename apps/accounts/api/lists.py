from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from apps.accounts import audit
from apps.accounts.permissions import person
from apps.core.api.lists import ListView
from apps.core.api.requests import plain


class ProjectRowsView(ListView):
    """A list of what belongs to projects; a site administrator's look into them is put on record."""

    def shown(self, rows: Sequence[Any]) -> None:
        """Record the projects that a site administrator without a role was shown something of."""
        user = person(self.request)
        if not user.is_superuser:
            return
        for project in {row.project for row in rows}:
            audit.record_visit(actor=user, project=project, request=plain(self.request))
