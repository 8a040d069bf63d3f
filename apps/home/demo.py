"""Something to look at on an empty machine: a project with a slide that the simulator drew."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from django.db import transaction

from apps.accounts.models import Project, User
from apps.accounts.services import create_project
from apps.jobs import execution, processes
from apps.jobs.models import Job, State
from apps.slides.models import Mode, Upload
from apps.slides.receiving import receive_bytes
from apps.slides.services.uploads import add_file, complete, open_upload
from ml.simulator import SimulatedField, simulate_field, to_png

PROJECT = "Demonstration"
SLIDE = "Simulated smear"
DESCRIPTION = (
    "A smear drawn by the simulator that comes with wbcweb: no blood, no patient. Try everything here; "
    "figures from simulated slides say nothing about real ones."
)

# What each field of the demonstration shows: every class that the shipped weights know, more of the common ones.
FIELDS: Final[tuple[tuple[str, ...], ...]] = (
    ("neutrophil", "eosinophil", "lymphocyte"),
    ("neutrophil", "monocyte"),
    ("lymphocyte", "basophil"),
    ("neutrophil", "lymphocyte", "neutrophil"),
    ("monocyte", "neutrophil"),
    ("immature-granulocyte", "lymphocyte"),
    ("erythroblast", "neutrophil"),
    ("neutrophil", "lymphocyte"),
)
_SEED: Final = 4242
_SCALE_UM_PER_PX: Final = 0.085


def simulated_fields() -> Iterator[SimulatedField]:
    """Yield the fields of the demonstration slide; the same ones each time."""
    for number, names in enumerate(FIELDS):
        yield simulate_field(
            _SEED + number,
            slide_seed=_SEED,
            white_cells=names,
            stain="analyser",
            um_per_px=_SCALE_UM_PER_PX,
            border_share=1.0 if number == len(FIELDS) - 1 else 0.0,  # the last one shows cut cells
            clump_share=0.0,
        )


def ensure_demo(*, manager: User) -> Upload | None:
    """Make the demonstration project with its slide, or return None when there is one already.

    The slide goes the way of every slide: upload, ingest job, analysis job. The administrator who makes it also
    manages its project, since an administrator alone may neither upload nor label.
    """
    if Project.objects.filter(is_demo=True).exists():
        return None
    pictures = [receive_bytes(f"simulated-{n}.png", to_png(f)) for n, f in enumerate(simulated_fields(), 1)]
    with transaction.atomic():
        project = create_project(
            actor=manager, name=_free_name(), description=DESCRIPTION, is_demo=True, manager=manager
        )
        upload = open_upload(
            requester=manager, project=project, mode=Mode.ONE_SLIDE, title=SLIDE, simulated=True
        )
        for picture in pictures:
            add_file(upload=upload, received=picture)
        complete(upload=upload)
    return upload


def run_waiting_jobs(project: Project) -> list[Job]:
    """Run a project's waiting jobs and those they lead to, here and now; return those that did not succeed.

    What a worker claims first, it does: a claim is given once.
    """
    worker = processes.own_name("first-start")
    tried: set[int] = set()
    while True:
        job = (
            Job.objects.filter(project=project, state=State.QUEUED)
            .exclude(pk__in=tried)
            .order_by("pk")
            .first()
        )
        if job is None:
            break
        tried.add(job.pk)
        execution.execute(job.pk, job.attempt, worker=worker)
    return list(Job.objects.filter(project=project, pk__in=tried).exclude(state=State.SUCCEEDED))


def _free_name() -> str:
    """Return the project's name, with a number when people have given it to one of theirs."""
    number = 1
    name = PROJECT
    while Project.objects.filter(name=name).exists():
        number += 1
        name = f"{PROJECT} {number}"
    return name
