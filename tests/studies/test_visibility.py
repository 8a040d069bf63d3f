"""From being prepared until it is unblinded, a study's cells do not exist for its readers anywhere else."""

from __future__ import annotations

import pytest

from apps.accounts.models import Role, User
from apps.cells import selectors as cells
from apps.cells.models import Cell
from apps.cells.selectors.single import acted_on, crop_key
from apps.slides.models import Field, Slide
from apps.studies import services
from apps.studies.models import State
from apps.studies.truth import CaseKey
from tests.cells.factories import make_cell
from tests.factories import member
from tests.kits.studies import LIFE, Kit, make_alone, make_study

pytestmark = pytest.mark.django_db

BLIND = {State.PREPARED, State.LOCKED, State.OPEN, State.CLOSED}


def with_a_slide(state: State = State.OPEN) -> tuple[Kit, Cell, User]:
    """Return a study of which one crop lies on a slide, that cell, and a reader who works in the project too."""
    kit = make_study(State.DRAFT, readers=0)
    on_slide = make_cell(kit.project)
    kit.to(State.PREPARED)
    services.back_to_draft(actor=kit.owner, study=kit.study, why="One cell of a slide.")
    key = CaseKey.objects.filter(study=kit.study, origin="real").first()
    assert key is not None
    CaseKey.objects.filter(pk=key.pk).delete()
    key.crop = on_slide
    key.save(force_insert=True)
    services.finish_preparing(
        study=kit.fresh(), actor=kit.owner, drawn={}, version=kit.study.protocol_version
    )
    kit.study.refresh_from_db()
    from apps.studies.models import Study
    from tests.kits.studies import _clear

    Study.objects.filter(pk=kit.study.pk).update(audit=_clear(kit.study).as_json())
    reader = member(kit.project, Role.REVIEWER)
    if state != State.DRAFT:
        kit.add_reader(reader)
    kit.to(state)
    return kit, on_slide, reader


@pytest.mark.parametrize("state", LIFE[1:])
def test_slides_and_cells_of_a_study_are_closed_to_its_readers_until_it_is_unblinded(state: State):
    kit, on_slide, reader = with_a_slide(state)
    assert on_slide.field is not None
    asked = CaseKey.objects.filter(study=kit.study).values("crop")
    spare = make_alone(kit.project, kit.owner, "neutrophil")
    blind = state in BLIND
    assert Slide.objects.visible_to(reader).exists() != blind
    assert Field.objects.visible_to(reader).exists() != blind
    assert Cell.objects.visible_to(reader).filter(pk=on_slide.pk).exists() != blind
    assert (acted_on(reader, on_slide.public_id) is None) == blind
    assert (crop_key(reader, on_slide.public_id) is None) == blind
    of_study = Cell.objects.filter(pk__in=asked, field=None)
    assert Cell.objects.visible_to(reader).filter(pk__in=of_study).exists() != blind
    assert (crop_key(reader, of_study.first().public_id) is None) == blind
    events = cells.label_events_of(reader).filter(cell__in=of_study)
    assert events.exists() != blind
    # What no study asks about stays open, and everything does for everybody else.
    assert Cell.objects.visible_to(reader).filter(pk=spare.pk).exists()
    for other in (kit.manager, member(kit.project, Role.REVIEWER)):
        assert Cell.objects.visible_to(other).count() == Cell.objects.count()
        assert Slide.objects.visible_to(other).count() == Slide.objects.count()


def test_who_withdraws_sees_the_cells_again():
    kit, on_slide, reader = with_a_slide()
    assert not Slide.objects.visible_to(reader).exists()
    services.withdraw(actor=reader, enrolment=kit.enrolments[0])
    assert Slide.objects.visible_to(reader).exists()
    assert Cell.objects.visible_to(reader).filter(pk=on_slide.pk).exists()


def test_a_case_has_no_way_to_its_key():
    kit = make_study(State.LOCKED)
    case = kit.study.cases.first()
    names = {field.name for field in case._meta.get_fields()}
    assert names == {
        "id",
        "study",
        "code",
        "number",
        "practice",
        "control",
        "replicate",
        "image",
        "image_digest",
        "length",
        "slots",
    }
