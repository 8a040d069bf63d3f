"""Studies for tests, by the services but for what takes long: cells are drawn by hand, pictures are a few bytes.

    kit = make_study(readers=2)                       an open study of 2 classes x 2 arms x 3, both readers consented
    kit = make_study(State.PREPARED, questions=("class", "realism"), practice=2, repeats=0.1, each=20)
    kit.read_all(kit.enrolments[0])                   every image answered with its intended class
    kit.to(State.UNBLINDED)                           on through the life, by the services

What draws, normalises and audits for real is tested where it is, and by tests/studies/leaks/.
"""

from __future__ import annotations

import hashlib
import itertools
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction

from apps.accounts.models import Project, Role, User
from apps.cells.importing import ImportedCell, write_imported
from apps.cells.models import Cell
from apps.core import storage
from apps.studies import services
from apps.studies.audit import AuditReport, Overlap, images_digest
from apps.studies.draw.drawing import CONTROL, Drawn, Picked, write
from apps.studies.models import Enrolment, Reading, State, Study, StudyCase
from apps.studies.protocol import CELLS, REAL, SYNTHETIC, Arm, Protocol
from apps.studies.truth import CaseKey
from tests.factories import ProjectFactory, UserFactory, member

CLASSES = ("neutrophil", "lymphocyte")
LENGTH = 512
LIFE = (State.DRAFT, State.PREPARED, State.LOCKED, State.OPEN, State.CLOSED, State.UNBLINDED)
_numbers = itertools.count(1)


@dataclass(slots=True)
class Kit:
    """A study with its people; ``manager`` may unblind it."""

    project: Project
    owner: User
    manager: User
    study: Study
    enrolments: list[Enrolment] = field(default_factory=list)

    @property
    def truth(self) -> dict[str, CaseKey]:
        """Return the key by case code."""
        return {key.case.code: key for key in CaseKey.objects.filter(study=self.study).select_related("case")}

    def fresh(self) -> Study:
        """Return the study as it is now, here and with the enrolments."""
        self.study = Study.objects.select_related("project").get(pk=self.study.pk)
        self.enrolments = list(
            self.study.enrolments.select_related("study__project", "reader").order_by("pk")
        )
        return self.study

    def add_reader(self, reader: User | None = None, *, consents: bool = True) -> Enrolment:
        """Enrol a person, a new one without any role unless given."""
        reader = reader or UserFactory()
        enrolment = services.enrol(actor=self.owner, study=self.fresh(), reader=reader)
        if consents:
            services.consent(
                enrolment=enrolment, actor=reader, digest=services.consent_digest(enrolment.study)
            )
        self.fresh()
        return next(one for one in self.enrolments if one.pk == enrolment.pk)

    def to(self, state: State) -> Study:
        """Take the study forward to a state."""
        at = LIFE.index(State(self.fresh().state))
        for step in LIFE[at + 1 : LIFE.index(state) + 1]:
            {
                State.PREPARED: lambda: prepared(self.study),
                State.LOCKED: lambda: services.lock(actor=self.owner, study=self.study),
                State.OPEN: lambda: services.open_(actor=self.owner, study=self.study),
                State.CLOSED: lambda: services.close(actor=self.owner, study=self.study),
                State.UNBLINDED: self._unblind,
            }[step]()
            self.fresh()
        return self.study

    def _unblind(self) -> None:
        services.unblind(actor=self.manager, study=self.study, why="The reading is over.")
        if self.study.plan.two_person_unblinding:
            second = member(self.project, Role.MANAGER)
            services.unblind(actor=second, study=self.study, why="Seen by two.")

    def read(self, enrolment: Enrolment, answer: str | None = None, **values: Any) -> Reading | None:
        """Answer a reader's present image, with its intended class unless said otherwise; None when all are done."""
        enrolment = Enrolment.objects.select_related("study", "reader").get(pk=enrolment.pk)
        now = services.reading.serve(enrolment=enrolment)
        if now is None:
            return None
        slot = enrolment.slots.select_related("case").get(position=now.slot_position)
        key = CaseKey.objects.get(case=slot.case)
        services.reading.record_view(
            enrolment=enrolment, position=now.slot_position, actor=enrolment.reader, screen={}
        )
        given = {
            "answer": (answer or key.intended_class) if "class" in now.questions else "",
            "realism": (2 if key.origin == REAL else 5) if "realism" in now.questions else None,
            "reason": "",
            "times": {"shown_ms": 1000, "answered_ms": 2500, "hidden_ms": 0},
            "idempotency_key": uuid4().hex,
        }
        return services.reading.submit(
            enrolment=enrolment,
            position=now.slot_position,
            actor=enrolment.reader,
            **{**given, **values},
        )

    def read_all(self, enrolment: Enrolment, **values: Any) -> int:
        """Answer every image that is left; return how many there were."""
        done = 0
        while self.read(enrolment, **values) is not None:
            done += 1
        return done


def make_study(
    state: State = State.OPEN,
    *,
    each: int = 3,
    readers: int = 1,
    classes: tuple[str, ...] = CLASSES,
    project: Project | None = None,
    seed: str = "",
    arms: tuple[str, ...] = (REAL, SYNTHETIC),
    **protocol: Any,
) -> Kit:
    """Return a study in a state.

    Args:
        state: How far it is.
        each: Images of each class in each arm.
        readers: How many are enrolled, and have consented.
        classes: The protocol's.
        project: Where; in a new one without it.
        seed: 64 hexadecimal digits; random without it.
        arms: Their origins.
        protocol: Further values of `Protocol`, such as ``practice`` or ``questions``.
    """
    project = project or ProjectFactory()
    owner, manager = member(project, Role.RESEARCHER), member(project, Role.MANAGER)
    counts = dict.fromkeys(classes, each)
    plan = Protocol(
        preset="jung-2022",
        classes=classes,
        arms=tuple(Arm(origin.title(), origin, CELLS, counts) for origin in arms),
        **{"consent_text": "Do you take part?", "sitting_gap_days": 0, **protocol},
    )
    if plan.controls:
        plan = plan.replace(control_source=CELLS)
    study = services.create_study(actor=owner, project=project, title="Real or not", protocol=plan)
    if seed:
        Study.objects.filter(pk=study.pk).update(seed=seed)
    kit = Kit(project, owner, manager, study)
    if state != State.DRAFT:
        kit.to(State.PREPARED)
    for _ in range(readers):
        kit.add_reader()
    kit.to(state)
    return kit


def prepared(study: Study) -> Study:
    """Do what the job does: cases of new cells, pictures of a few bytes, an audit that finds nothing."""
    drawn = Drawn(_picked(study), {"algorithm": "by hand"})
    with transaction.atomic():
        write(study=study, drawn=drawn)
        for case in study.cases.all():
            data = hashlib.sha256(case.code.encode()).digest() * (LENGTH // 32)
            key = storage.new_key(f"studies/{study.public_id.hex}", ".jpg")
            storage.save_bytes(key, data)
            digest = hashlib.sha256(data).hexdigest()
            StudyCase.objects.filter(pk=case.pk).update(image=key, image_digest=digest, length=LENGTH)
        Study.objects.filter(pk=study.pk).update(audit=_clear(study).as_json())
        study.refresh_from_db()
        services.finish_preparing(
            study=study, actor=study.created_by, drawn=drawn.report, version=study.protocol_version
        )
    return study


def _clear(study: Study) -> AuditReport:
    return AuditReport(
        made_at="2026-01-01T00:00:00+00:00",
        images=images_digest(list(study.cases.all())),
        arms={},
        findings=(),
        content=(),
        overlap=Overlap(),
        acknowledged_by=study.created_by_id,
        acknowledged_at="2026-01-01T00:00:00+00:00",
        why="Nothing was found.",
    )


def _picked(study: Study) -> list[Picked]:
    """Return new cells for every place of the protocol, under names that come again: orders depend on these."""
    plan = study.plan
    counted = [
        _one(study, arm.name, arm.origin, of_class)
        for arm in plan.arms
        for of_class, n in arm.per_class.items()
        for _ in range(n)
    ]
    repeats = [replace(one, replicate=1) for one in counted[: plan.repeated]]
    first, name = plan.arms[0], plan.classes[0]
    practice = [
        replace(_one(study, first.name, first.origin, name), practice=True) for _ in range(plan.practice)
    ]
    controls = [replace(_one(study, CONTROL, SYNTHETIC, name), control=True) for _ in range(plan.controls)]
    names = {one.public_id: UUID(int=n) for n, one in enumerate([*counted, *practice, *controls], 1)}
    return [
        replace(one, public_id=names[one.public_id]) for one in [*counted, *repeats, *practice, *controls]
    ]


def _one(study: Study, arm: str, origin: str, of_class: str) -> Picked:
    cell = make_alone(study.project, study.created_by, of_class, synthetic=origin == SYNTHETIC)
    return Picked(cell.pk, cell.public_id, arm, origin, of_class, CELLS)


def make_alone(project: Project, owner: User, of_class: str, *, synthetic: bool = False) -> Cell:
    """Return a cell without a field, as an import leaves it; its picture does not exist."""
    crop = f"crops/aa/{next(_numbers):032x}.png"
    cell = ImportedCell((0.0, 0.0, 96.0, 96.0), of_class, crop)
    return write_imported(actor=owner, project=project, field=None, cells=[cell], synthetic=synthetic)[0]
