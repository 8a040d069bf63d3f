"""Two open studies with few images and somebody to read them: ``python -m tests.e2e.seed_study_reading``."""

from __future__ import annotations

import json
import sys

import django

SIDE = 160


def studies() -> dict[str, str]:
    """Make a study to be read by invitation, and one with both questions for a reader with an account."""
    from apps.studies import services
    from tests.factories import ProjectFactory, UserFactory
    from tests.kits.studies import make_study

    for factory in (ProjectFactory, UserFactory):
        factory.reset_sequence(1000)  # the site's first process has counted from 0
    invited = make_study(
        each=2, readers=0, practice=1, break_every=4, image_side=SIDE, consent_text="You look at cells."
    )
    show_pictures(invited.study)
    _, token = services.invite(actor=invited.owner, study=invited.study, for_name="Ina Invited")
    both = make_study(each=1, readers=0, questions=("class", "realism"), image_side=SIDE)
    show_pictures(both.study)
    reader = UserFactory(email="study-reader@example.org", name="Rhea Reader")
    enrolment = both.add_reader(reader)
    services.describe(enrolment=enrolment, actor=reader, experience={"years": 3}, screen={})
    return {
        "study_invitation": token,
        "study_invited": invited.study.public_id.hex,
        "study_enrolment": str(enrolment.public_id),
    }


def show_pictures(study) -> None:
    """Put real pictures, all of one length, where the study's stand."""
    from apps.core import storage
    from apps.studies.demo.pictures import cell
    from ml.images.normalise import normalise, one_length, pad, rule_for

    cases = list(study.cases.all())
    rule = rule_for(128, side=SIDE)
    made = [normalise(cell("neutrophil", seed=number), rule) for number in range(len(cases))]
    length = one_length(len(data) for data in made)
    for case, data in zip(cases, made, strict=True):
        storage.save_bytes(case.image, pad(data, length))


if __name__ == "__main__":
    django.setup()
    sys.stdout.write(json.dumps(studies()))
