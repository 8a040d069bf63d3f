"""Makes a finished study of simulated cells: import, design, prepare, lock, read, close, unblind, each by its service.

Nothing is written past the services, so the study looks as any other; readers are programs and say so.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final, Protocol

from django.db import transaction

from apps.accounts.models import Membership, Project, Role, User
from apps.core import storage
from apps.core.errors import Unavailable
from apps.datasets import receiving
from apps.datasets import services as datasets
from apps.datasets.models import Format, Import
from apps.jobs.here import run_here
from apps.jobs.models import ACTIVE_STATES, Job, State
from apps.studies import audit as leaks
from apps.studies import presets, services
from apps.studies.demo import pictures, simulated
from apps.studies.demo.marks import DOMAIN_END, SIMULATED_READER
from apps.studies.models import Study

TITLE: Final = "Simulated study"
CLASSES: Final = presets.PUBLISHED_CLASSES
EACH: Final = 10
"""Images of each class and arm."""

READERS: Final = 4
_SPARE: Final = 4
"""Pictures of each class and arm beyond those: for practice, and for those that look almost alike."""

_SEED: Final = 2022
_WAIT_S: Final = 600.0
_WHY: Final = "Simulated: made to show what a study looks like."


class Progress(Protocol):
    """How a job is told how far the work is."""

    def __call__(self, *, done: int | None = ..., total: int | None = ..., stage: str = ...) -> None:
        """Take a report."""


def _silent(*, done: int | None = None, total: int | None = None, stage: str = "") -> None:
    """Tell nobody."""


def existing(project: Project) -> Study | None:
    """Return a project's simulated study, the newest; None without one."""
    lookup = {f"enrolments__{SIMULATED_READER}": DOMAIN_END}
    return Study.objects.filter(project=project, **lookup).order_by("-pk").first()


def manager_of(project: Project) -> User | None:
    """Return a person who may do all that a study needs."""
    manages = Membership.objects.filter(project=project, role=Role.MANAGER, user__is_active=True)
    found = manages.select_related("user").order_by("pk").first()
    return found.user if found else None


def make(
    *,
    actor: User,
    project: Project,
    each: int = EACH,
    readers: int = READERS,
    progress: Progress | None = None,
) -> Study:
    """Make the study and return it unblinded.

    Raises:
        DomainError: what the services refuse.
        Unavailable: a job did not end well.
    """
    tell = progress or _silent
    tell(stage="Drawing cells")
    real = _import(actor, project, each=each, generated=False)
    tell(stage="Drawing generated cells")
    synthetic = _import(actor, project, each=each, generated=True)
    protocol = presets.preset(
        "realism",
        classes=CLASSES,
        real=f"import:{real.public_id}",
        synthetic=f"import:{synthetic.public_id}",
        per_class=each,
    ).replace(practice=2, readers=readers, two_person_unblinding=False)
    if protocol.counted < 2 * 20:
        protocol = protocol.replace(repeats=0.0)
    study = services.create_study(actor=actor, project=project, title=TITLE, protocol=protocol)
    tell(stage="Preparing")
    _finish(services.prepare(actor=actor, study=study), tell)
    study.refresh_from_db()
    leaks.acknowledge(study=study, actor=actor, why=_WHY)
    study.refresh_from_db()
    services.lock(actor=actor, study=study, why=_WHY)
    study.refresh_from_db()
    services.open_(actor=actor, study=study, why=_WHY)
    study.refresh_from_db()
    _read(study, actor, count=readers, tell=tell)
    services.close(actor=actor, study=study, why=_WHY)
    study.refresh_from_db()
    services.unblind(actor=actor, study=study, why=_WHY)
    study.refresh_from_db()
    return study


def _import(actor: User, project: Project, *, each: int, generated: bool) -> Import:
    """Import drawn cells as a folder for each class, the way any set comes."""
    data = pictures.archive(
        CLASSES, each=each + _SPARE, seed=_SEED + 500_000 * generated, generated=generated
    )
    key = storage.new_key(receiving.PREFIX, ".zip")
    storage.save_bytes(key, data)
    source = datasets.open_import(
        actor=actor,
        project=project,
        source_key=key,
        size=len(data),
        format=Format.IMAGEFOLDER,
        origin="synthetic" if generated else "real",
    )
    _finish(source.job, _silent)
    source.refresh_from_db()
    datasets.confirm(actor=actor, source=source, mapping={name: name for name in CLASSES})
    source.refresh_from_db()
    _finish(source.job, _silent)
    return source


def _finish(job: Job | None, tell: Callable[..., None]) -> None:
    """Run a job here, or wait for the worker that has it already."""
    if job is None:
        return
    run_here(job, name="demo")
    end = time.monotonic() + _WAIT_S
    job.refresh_from_db()
    while job.state in ACTIVE_STATES and time.monotonic() < end:
        tell()
        time.sleep(0.2)
        job.refresh_from_db()
    if job.state != State.SUCCEEDED:
        raise Unavailable(f"{job.title}: {job.error or job.get_state_display()}", code="demo")


def _read(study: Study, actor: User, *, count: int, tell: Callable[..., None]) -> None:
    people = [simulated.account(study, number) for number in range(1, count + 1)]
    for done, person in enumerate(people):
        tell(done=done, total=count, stage="Reading")
        with transaction.atomic():
            enrolment = services.enrol(actor=actor, study=study, reader=person)
        simulated.read(enrolment, number=done + 1, seed=_SEED + done)
    User.objects.filter(pk__in=[person.pk for person in people]).update(is_active=False)
