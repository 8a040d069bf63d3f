"""What the rooms below show of studies."""

from __future__ import annotations

from apps.accounts.audit_trail import ids_of
from apps.studies.models import Study


def name_studies(*, targets: set[str]) -> dict[str, str]:
    """Give names to studies in the record."""
    wanted = ids_of(targets, "study")
    if not wanted:
        return {}
    found = Study.objects.filter(public_id__in=wanted).values_list("public_id", "title")
    return {f"study:{public_id}": f"the study “{title}”" for public_id, title in found}
