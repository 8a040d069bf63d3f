"""Which cells of a study a person has seen: labelled, as a second reader too, or read in another study."""

from __future__ import annotations

import pytest

from apps.accounts.models import Role, User
from apps.cells.models import Cell
from apps.review.second_reading.services import assign, label
from apps.studies import draw
from apps.studies.draw.candidates import candidates
from apps.studies.models import State
from apps.studies.protocol import CELLS, REAL, SYNTHETIC
from apps.studies.services import reading
from apps.studies.truth import CaseKey
from tests.factories import UserFactory, member
from tests.kits.studies import make_study
from tests.studies.test_sister_studies import sister
from tests.studies.test_visibility import with_a_slide

pytestmark = pytest.mark.django_db


def test_what_a_person_read_in_another_study_counts_as_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    first = make_study()
    mine = first.enrolments[0]
    for _ in range(2):
        first.read(mine)
    reading.record_view(enrolment=mine, position=3, actor=mine.reader, screen={})  # shown, not answered
    cases = mine.slots.filter(position__lte=3).values("case")
    shown = set(CaseKey.objects.filter(case__in=cases).values_list("crop", flat=True))
    assert len(shown) == 3

    def drawn(*readers: User) -> set[int]:
        found = [
            candidates(first.project, CELLS, origin, not_labelled_by=readers) for origin in (REAL, SYNTHETIC)
        ]
        return {pk for cells in found for pk in cells.values_list("pk", flat=True)}

    everything = set(Cell.objects.values_list("pk", flat=True))
    assert drawn(UserFactory()) == everything
    assert drawn(UserFactory(), mine.reader) == everything - shown
    second = sister(first, monkeypatch)
    assert draw.seen_before(study=second.study, reader=UserFactory()) == 0
    assert draw.seen_before(study=second.study, reader=mine.reader) == 3
    assert second.add_reader(mine.reader).seen_before == 3


def test_what_a_second_reader_labelled_counts_as_seen() -> None:
    kit, on_slide, reader = with_a_slide(State.DRAFT)
    assert on_slide.field is not None
    asked = assign(actor=kit.owner, slide=on_slide.field.slide, reader=reader)
    assert draw.seen_before(study=kit.study, reader=reader) == 0
    item = asked.items.get()
    label(
        actor=reader,
        reading=asked,
        item_id=item.public_id,
        to_class="monocyte",
        expected_version=item.version,
    )
    assert draw.seen_before(study=kit.study, reader=reader) == 1
    assert draw.seen_before(study=kit.study, reader=member(kit.project, Role.REVIEWER)) == 0
