"""Readers that are programs: an account each, and answers by the simulator of readers."""

from __future__ import annotations

from typing import Final

from apps.accounts.models import User
from apps.studies import draw, services
from apps.studies.demo.marks import DOMAIN_END
from apps.studies.models import Enrolment, Slot, Study
from apps.studies.protocol import CLASS, REALISM
from apps.studies.services import reading
from ml.simulator.readers import ReadingRoom, SimCase, SimReader

KINDS: Final = (
    SimReader("careful", accuracy=0.97, synthetic_accuracy=0.95, d_prime=0.9, seconds=6.0),
    SimReader(
        "quick", accuracy=0.93, synthetic_accuracy=0.9, d_prime=0.3, bias=0.3, fatigue=0.04, seconds=2.5
    ),
    SimReader(
        "learning", accuracy=0.95, synthetic_accuracy=0.93, d_prime=0.2, realism_drift=0.8, seconds=4.0
    ),
    SimReader("doubting", accuracy=0.94, synthetic_accuracy=0.88, d_prime=0.6, bias=-0.5, undecided=0.4),
)
"""Four characters; a fifth reader is the first one with another name, and so on."""

EXPERIENCE: Final = {"simulated": True, "years": 0, "role": "Simulated reader"}


def account(study: Study, number: int) -> User:
    """Make the account of a simulated reader; nobody can sign in with it."""
    return User.objects.create_user(
        f"reader-{number}-{study.public_id.hex[:12]}{DOMAIN_END}", name=f"Simulated reader {number}"
    )


def read(enrolment: Enrolment, *, number: int, seed: int) -> int:
    """Let a simulated reader agree, practise and answer everything; return how many answers that were.

    Raises:
        DomainError: what the services refuse; a program keeps to the same rules as people.
    """
    study, reader = enrolment.study, enrolment.reader
    kind = KINDS[(number - 1) % len(KINDS)]
    room = ReadingRoom(study.plan.classes, seed)
    practice, others = draw.images_of(study)
    cases = {one.code: SimCase(one.code, one.intended, one.origin) for one in (*practice, *others)}
    codes = dict(Slot.objects.filter(enrolment=enrolment).values_list("position", "case__code"))
    services.consent(enrolment=enrolment, actor=reader, digest=services.consent_digest(study))
    services.describe(enrolment=enrolment, actor=reader, experience=EXPERIENCE, screen={"simulated": True})
    enrolment.refresh_from_db()
    answers = 0
    while (found := reading.serve(enrolment=enrolment)) is not None and found.opens_at is None:
        said = room.answer(kind, cases[codes[found.slot_position]], found.position)
        reading.record_view(
            enrolment=enrolment, position=found.slot_position, actor=reader, screen={"simulated": True}
        )
        reading.submit(
            enrolment=enrolment,
            position=found.slot_position,
            actor=reader,
            answer=said.answer if CLASS in found.questions else "",
            realism=said.realism if REALISM in found.questions else None,
            reason="",
            times={"shown_ms": 0, "answered_ms": round(1000 * said.seconds)},
            idempotency_key=f"simulated-{enrolment.pk}-{found.slot_position}",
        )
        answers += 1
    return answers
