"""``manage.py audit_study``: both gates of the leak audit over the pictures of a study, on the machine."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.core.errors import DomainError
from apps.studies import audit
from apps.studies.models import Study


class Command(BaseCommand):
    """Audit a study."""

    help = (
        "Ask for every picture of a study as a reader would and look for whatever tells the arms apart. The report is "
        "kept while the study is prepared. Ends with 1 when something blocks the study, with 2 when there is nothing "
        "to look at."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument("study", metavar="STUDY", help="id of the study")
        parser.add_argument("--json", action="store_true", help="print the whole report as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the command."""
        del args
        study = _find(options["study"])
        try:
            report = audit.run(study=study)
        except DomainError as problem:
            raise CommandError(problem.message, returncode=2) from problem
        if options["json"]:
            self.stdout.write(json.dumps(report.as_json(), indent=2))
        else:
            self._print(report)
        if report.blocked:
            raise CommandError(f"{len(report.blocked)} findings block this study.", returncode=1)

    def _print(self, report: audit.AuditReport) -> None:
        arms = ", ".join(f"{count} {name}" for name, count in report.arms.items())
        self.stdout.write(f"Pictures: {arms}. Things compared around them: {report.checked}.")
        for one in report.findings:
            self.stdout.write(f"  {'BLOCKS' if one.blocks else 'clear '}  {one.words}")
        self.stdout.write("Content (area under the ROC curve of a trivial classifier; 0.5 is blind):")
        for family in report.content:
            self.stdout.write(
                f"  {family.named:<40} {family.auc:.3f}  p = {family.p:.3f}, after Holm {family.p_holm:.3f}"
            )
        if not report.content:
            self.stdout.write("  not compared: fewer than two arms.")
        found = report.overlap
        self.stdout.write(
            f"Looking alike: {found.pairs} pairs within the study; the same pixels in other projects: "
            f"{found.same_elsewhere}; alike among {found.looked_at} other pictures: {found.alike_elsewhere}."
        )
        for line in report.cautions:
            self.stdout.write(f"Note: {line}")


def _find(name: str) -> Study:
    try:
        found = Study.objects.filter(public_id=UUID(name)).first()
    except ValueError:
        found = None
    if found is None:
        raise CommandError(f"There is no study {name}.", returncode=2)
    return found
