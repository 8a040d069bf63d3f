"""The form of a design says a protocol, and a protocol fills the form."""

from __future__ import annotations

import dataclasses

import pytest

from apps.accounts.models import Project, Role, User
from apps.studies import presets
from apps.studies.models import Study
from tests.factories import ProjectFactory, member
from tests.studies.design.kit import add_cells, draft, form_of, sent

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    return ProjectFactory()


@pytest.fixture
def maker(project: Project) -> User:
    maker = member(project, Role.RESEARCHER)
    add_cells(project, maker, each=12)
    add_cells(project, maker, each=11, synthetic=True)
    return maker


@pytest.mark.parametrize("name", [known.name for known in presets.PRESETS])
def test_a_form_sent_as_it_stands_changes_nothing(name: str, project: Project, maker: User) -> None:
    study = draft(project, maker, preset=name)
    form = form_of(study, sent(study))
    assert form.is_valid(), form.errors
    assert form.protocol() == study.plan
    assert form.cleaned_data["title"] == study.title


def test_what_is_chosen_becomes_the_protocol(project: Project, maker: User) -> None:
    study = draft(project, maker)
    form = form_of(
        study,
        sent(
            study,
            **{
                "asks": "class-realism-apart",
                "sitting_gap_days": 14,
                "repeats": 10,
                "margin": "7.5",
                "readers": 3,
                "answer-basophil": False,
                "arm-0-n-basophil": 9,
                "arm-1-name": "  Compact   GAN ",
                "arm-1-n-neutrophil": 4,
                "two_person_unblinding": True,
            },
        ),
    )
    assert form.is_valid(), form.errors
    made = form.protocol()
    assert made.questions == ("class", "realism")
    assert (made.sittings, made.sitting_gap_days, made.repeats, made.margin) == (2, 14, 0.1, 0.075)
    assert (made.readers, made.two_person_unblinding) == (3, True)
    assert made.classes == ("neutrophil", "lymphocyte", "monocyte", "eosinophil")
    # A class that nobody can answer with gives no image, whatever stands in its row.
    assert made.arms[0].per_class == dict.fromkeys(made.classes, 10)
    assert made.arms[1] == dataclasses.replace(
        study.plan.arms[1], name="Compact GAN", per_class={**dict.fromkeys(made.classes, 10), "neutrophil": 4}
    )


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"title": ""}, "required"),
        ({"arm-0-source": ""}, "Choose where its images come from"),
        ({"arm-0-n-basophil": -1}, "greater than or equal to 0"),
        ({"repeats": 30}, "less than or equal to 20"),
        ({"margin": "70"}, "less than or equal to 49"),
        ({"arm-1-name": "Real"}, "same name"),
        ({f"answer-{name}": False for name in presets.PUBLISHED_CLASSES[1:]}, "at least two classes"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_what_makes_no_sense_is_refused(
    changes: dict[str, object], words: str, project: Project, maker: User
) -> None:
    study = draft(project, maker)
    form = form_of(study, sent(study, **changes))
    assert not form.is_valid()
    assert words in str(form.errors)
    # And still something can be added up.
    assert form.rough_protocol().counted > 0


def test_the_form_says_how_many_images_there_are(project: Project, maker: User) -> None:
    form = form_of(draft(project, maker))
    there = dict(form.there())
    assert there["there-arm-0-n-basophil"] == "of 12"
    assert there["there-arm-1-n-basophil"] == "of 11"
    assert there["there-arm-1-n-platelet"] == "of 0"
    assert dict(form.totals()) == {"total-0": 50, "total-1": 50}


def test_a_source_that_is_gone_is_shown_as_gone(project: Project, maker: User) -> None:
    study = draft(project, maker)
    gone = "import:1a2b3c4d-5e6f-4a7b-8c9d-0e1f2a3b4c5d"
    plan = study.plan
    arm = dataclasses.replace(plan.arms[1], source=gone)
    Study.objects.filter(pk=study.pk).update(protocol=plan.replace(arms=(plan.arms[0], arm)).to_json())
    study.refresh_from_db()
    form = form_of(study)
    assert ("synthetic:" + gone, "Not there any more") in form.fields["arm-1-source"].choices
