"""The leak audit of a study: what separates the arms around the pictures blocks, what does within them is published."""

from apps.studies.audit.report import AuditReport, Content, Finding, Overlap
from apps.studies.audit.running import acknowledge, examine, images_digest, request, require_clear, run
from apps.studies.audit.showing import describe, who_acknowledged

__all__ = [
    "AuditReport",
    "Content",
    "Finding",
    "Overlap",
    "acknowledge",
    "describe",
    "examine",
    "images_digest",
    "request",
    "require_clear",
    "run",
    "who_acknowledged",
]
