"""Start the training of a load test, on pictures drawn for it, or stop it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from apps.accounts.models import User
from apps.jobs import services
from apps.jobs.models import Job
from bench.load.training.apps import KIND, TrainParams
from ml.images import encode_png
from ml.labels import CLASS_LISTS
from ml.simulator import WHITE_CELL_CLASSES, simulate_field

PER_CLASS = 24
_SIDE = 200


class Command(BaseCommand):
    """Start or stop."""

    help = __doc__ or ""

    def add_arguments(self, parser: CommandParser) -> None:
        """Take one of the two."""
        parser.add_argument("--start", type=Path, help="folder for pictures and run")
        parser.add_argument("--stop", action="store_true")

    def handle(self, *_: Any, start: Path | None, stop: bool, **__: Any) -> None:
        """Do it."""
        if start is not None:
            _draw(start / "cells")
            services.submit(
                kind=KIND,
                params=TrainParams(data=str(start / "cells"), out=str(start / "run")),
                requester=None,
                title="Training beside a load test",
            )
        if stop:
            admin = User.objects.filter(is_superuser=True).first() or User.objects.create_superuser(
                "load@localhost"
            )
            for job in Job.objects.filter(kind=KIND).active():
                services.cancel(job=job, actor=admin)


def _draw(folder: Path) -> None:
    """Draw some cells of every class that the simulator knows."""
    names = [name for name in CLASS_LISTS["eight"].names if name in WHITE_CELL_CLASSES]
    for place, name in enumerate(names):
        (folder / name).mkdir(parents=True, exist_ok=True)
        for number in range(PER_CLASS):
            field = simulate_field(1000 * place + number, width=_SIDE, height=_SIDE, white_cells=[name])
            (folder / name / f"{number}.png").write_bytes(encode_png(field.pixels))
