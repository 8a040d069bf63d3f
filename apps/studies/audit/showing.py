"""The audit as the page of a study shows it."""

from __future__ import annotations

from typing import Any

from apps.accounts.models import User
from apps.jobs.models import ACTIVE_STATES, Job
from apps.studies.audit.params import AUDIT
from apps.studies.audit.report import VERSION, AuditReport
from apps.studies.audit.running import images_digest
from apps.studies.models import State, Study


def who_acknowledged(report: AuditReport) -> str:
    """Return the name of whoever took note of a report, "" for nobody."""
    found = User.objects.filter(pk=report.acknowledged_by).first() if report.acknowledged_by else None
    return found.display_name if found else ""


def describe(study: Study) -> dict[str, Any]:
    """Return what `templates/studies/_audit.html` draws: the report, whether it stands, what may be done."""
    report = AuditReport.from_json(study.audit or {})
    prepared = study.state == State.PREPARED
    stands = report is not None and report.images == images_digest(list(study.cases.all()))
    if report is not None and prepared:  # later, an older one is what the study was locked with
        stands = stands and report.version == VERSION
    running = (
        Job.objects.filter(kind=AUDIT, subject=f"study:{study.public_id}", state__in=ACTIVE_STATES).first()
        if prepared
        else None
    )
    return {
        "report": report,
        "acknowledged_by": who_acknowledged(report) if report else "",
        "stands": stands,
        "running": running,
        "may_run": prepared and running is None,
        "may_acknowledge": prepared and stands and report is not None and not report.blocked,
        "blocked": report.blocked if report else (),
        "free": [one for one in report.findings if not one.blocks] if report else [],
        "clear": stands and report is not None and not report.blocked and report.acknowledged,
    }
