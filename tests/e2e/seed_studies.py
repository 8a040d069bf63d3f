"""A project with real and synthetic cells of five classes, and its people: ``python -m tests.e2e.seed_studies``."""

from __future__ import annotations

import json
import sys

import django

CLASSES = ("neutrophil", "lymphocyte", "monocyte", "eosinophil", "basophil")
EACH = 13
SIDE = 64


def cells() -> dict[str, str]:
    """Make the project with its people and cells; return its id."""
    from apps.accounts.models import Role
    from apps.cells.crops import save_crop
    from apps.cells.importing import ImportedCell, write_imported
    from tests.factories import MembershipFactory, ProjectFactory, UserFactory

    # Another process has counted people from 0 in this very database.
    UserFactory.reset_sequence(10_000, force=True)
    project = ProjectFactory(name="Real and generated")
    people = {
        name: UserFactory(email=f"{name}@example.org", name=title)
        for name, title in (("study-maker", "Mara Maker"), ("study-manager", "Max Manager"))
    }
    for name, role in (("study-maker", Role.RESEARCHER), ("study-manager", Role.MANAGER)):
        MembershipFactory(project=project, user=people[name], role=role)
    for synthetic in (False, True):
        made = [
            ImportedCell(
                (0.0, 0.0, float(SIDE), float(SIDE)),
                name,
                save_crop(prefix="jobs/seed/studies/", pixels=_picture(place, number, synthetic=synthetic)),
            )
            for place, name in enumerate(CLASSES)
            for number in range(EACH)
        ]
        write_imported(
            actor=people["study-manager"], project=project, field=None, cells=made, synthetic=synthetic
        )
    return {"studies_project": str(project.public_id), **_in_every_state()}


def _in_every_state() -> dict[str, str]:
    """Make a study in every state in another project, looked after by the same people; return their ids."""
    from apps.accounts.models import Role, User
    from apps.studies import services
    from apps.studies.models import State
    from tests.factories import MembershipFactory, ProjectFactory
    from tests.kits.studies import make_study

    project = ProjectFactory(name="Studies in every state")
    MembershipFactory(
        project=project, user=User.objects.get(email="study-manager@example.org"), role=Role.MANAGER
    )
    ids = {"shown_project": str(project.public_id)}
    for state in State:
        kit = make_study(state, project=project, readers=2, each=2, two_person_unblinding=True)
        if state == State.OPEN:
            kit.read_all(kit.enrolments[0])
            kit.read(kit.enrolments[1])
            services.invite(actor=kit.owner, study=kit.study, for_name="Dr Example, Graz")
        if state == State.CLOSED:
            services.unblind(actor=kit.manager, study=kit.study, why="All have read.")
        ids[f"study_{state}"] = str(kit.study.public_id)
    return ids


def _picture(place: int, number: int, *, synthetic: bool):
    """Return a round cell on a pale ground, no two alike."""
    import numpy as np

    chance = np.random.default_rng([place, number, synthetic])
    y, x = np.mgrid[0:SIDE, 0:SIDE] / SIDE - 0.5
    pixels = np.full((SIDE, SIDE, 3), (228.0, 214.0, 220.0)) + chance.normal(0, 3, (SIDE, SIDE, 3))
    cell = np.hypot(x - chance.uniform(-0.05, 0.05), y - chance.uniform(-0.05, 0.05)) < chance.uniform(
        0.32, 0.42
    )
    pixels[cell] = (200, 170, 205)
    for _ in range(4):  # lobes of the nucleus
        lobe = np.hypot(x - chance.uniform(-0.25, 0.25), y - chance.uniform(-0.25, 0.25)) < chance.uniform(
            0.06, 0.16
        )
        pixels[lobe & cell] = (110, 60 + 12 * place, 140)
    return np.clip(pixels, 0, 255).astype(np.uint8)


if __name__ == "__main__":
    django.setup()
    sys.stdout.write(json.dumps(cells()))
