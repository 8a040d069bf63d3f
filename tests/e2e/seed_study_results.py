"""A study that is read and unblinded, one that is closed: ``python -m tests.e2e.seed_study_results``."""

from __future__ import annotations

import json
import sys

import django

CLASSES = ("neutrophil", "lymphocyte", "monocyte", "eosinophil", "basophil")


def studies() -> dict[str, str]:
    """Make the studies and who looks after them; return their ids."""
    from apps.accounts.models import Role
    from apps.studies.models import State
    from tests.factories import MembershipFactory, ProjectFactory, UserFactory
    from tests.kits.studies import make_study

    UserFactory.reset_sequence(30_000, force=True)  # others of the site have the first numbers
    project = ProjectFactory(name="Read and unblinded")
    manager = UserFactory(email="results-manager@example.org", name="Rosa Results")
    MembershipFactory(project=project, user=manager, role=Role.MANAGER)
    values = {"questions": ("class", "realism"), "margin": 0.1, "repeats": 0.1, "controls": 1}
    kit = make_study(project=project, classes=CLASSES, each=4, readers=3, **values)
    for number, enrolment in enumerate(kit.enrolments):
        for at in range(kit.study.plan.trials):
            wrong = (at + 3 * number) % 7 == 0
            kit.read(
                enrolment,
                ("other" if number else CLASSES[at % 5]) if wrong else None,
                realism=1 + (at * (number + 3)) % 6,
                times={"shown_ms": 0, "answered_ms": 900 + 130 * (at % 11), "hidden_ms": 0},
            )
    kit.to(State.UNBLINDED)
    closed = make_study(State.CLOSED, project=project, readers=2, each=2)
    opened = make_study(State.OPEN, project=project, readers=2, each=2)
    opened.read_all(opened.enrolments[0])
    return {
        "results_unblinded": str(kit.study.public_id),
        "results_closed": str(closed.study.public_id),
        "results_open": str(opened.study.public_id),
    }


if __name__ == "__main__":
    django.setup()
    sys.stdout.write(json.dumps(studies()))
