"""The self-check for a terminal and for programs."""

import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from apps.core import checks
from apps.core.checks import State

_MARKS = {State.OK: "good", State.WARN: "LOOK", State.FAIL: "ACT "}


class Command(BaseCommand):
    """Look at everything the site needs; say what is amiss and what to do."""

    help = (
        "Look at all that the site needs. Ends with 1 when something does not work; "
        "with --strict also when something should be looked at."
    )
    # It is there for when things are wrong.
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument(
            "--json", action="store_true", dest="as_json", help="one JSON object instead of lines"
        )
        parser.add_argument(
            "--strict", action="store_true", help="end with 1 also for what should be looked at"
        )

    def handle(self, *_: Any, as_json: bool, strict: bool, **__: Any) -> None:
        """Print the report; end with 1 when it is bad."""
        report = checks.run()
        if as_json:
            self.stdout.write(
                json.dumps(
                    {"state": report.state, "lines": [asdict(line) for line in report.lines]}, indent=1
                )
            )
        else:
            self._print(report)
        if report.state is State.FAIL or (strict and report.state is State.WARN):
            raise SystemExit(1)

    def _print(self, report: checks.Report) -> None:
        for area, lines in report.areas().items():
            self.stdout.write(area)
            for line in lines:
                self.stdout.write(f"  {_MARKS[line.state]}  {line.name}: {line.seen}")
                if line.todo:
                    self.stdout.write(f"        {line.todo}")
