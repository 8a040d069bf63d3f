"""How simulated readers are known, so that whatever they touched says so."""

from __future__ import annotations

from typing import Final

from apps.studies.models import Study

DOMAIN: Final = "simulated.invalid"
"""Where simulated readers have their addresses; the domain is reserved and never exists (RFC 2606)."""

SIMULATED_READER: Final = "reader__email__endswith"
"""The lookup from an enrolment, with `DOMAIN_END` as its value."""

DOMAIN_END: Final = f"@{DOMAIN}"


def is_simulated(study: Study) -> bool:
    """Return whether programs read the study instead of people."""
    return study.enrolments.filter(**{SIMULATED_READER: DOMAIN_END}).exists()
