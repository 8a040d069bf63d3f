"""How readers left a study, and that it was opened again, as results say it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.accounts.services import erase_person
from apps.studies import services
from apps.studies.models import State, Study
from apps.studies.results import checklists
from apps.studies.results.contents.study import design
from apps.studies.results.facts import Facts, facts_of, moment
from apps.studies.results.trials import rows
from tests.factories import SiteAdminFactory
from tests.kits.studies import Kit, make_study

pytestmark = pytest.mark.django_db


def facts(kit: Kit) -> Facts:
    return facts_of(kit.fresh(), rows(kit.study, unblinded=False))


def test_each_way_of_leaving_is_counted_by_itself():
    kit = make_study(each=1, readers=5)
    for enrolment in kit.enrolments:
        kit.read(enrolment)
    by_self, by_staff, before, after, _ = kit.enrolments
    services.withdraw(actor=by_self.reader, enrolment=by_self)
    services.withdraw(actor=kit.owner, enrolment=by_staff, why="Knew the images.")
    erase_person(actor=SiteAdminFactory(), user=before.reader)
    kit.to(State.CLOSED)
    services.extend(actor=kit.owner, study=kit.study, due_at=None, why="One more week.")
    erase_person(actor=SiteAdminFactory(), user=after.reader)
    found = facts(kit)
    flow = found.flow
    assert (flow.enrolled, flow.withdrawn, flow.ended, flow.erased, flow.erased_counted) == (5, 1, 1, 1, 1)
    assert [each.reader for each in flow.readers] == ["R4", "R5"]
    said = checklists.flow_words(found)
    assert (
        "5 consented, 1 withdrew, 1 ended by staff, 1 account erased and left out, 1 account erased and counted"
        in said
    )
    [drawn] = design(found).drawings
    assert "Withdrew: 1, ended by staff: 1, erased: 1" in [getattr(mark, "text", "") for mark in drawn.marks]


def test_whoever_withdrew_and_was_erased_later_has_withdrawn():
    kit = make_study()
    mine = kit.enrolments[0]
    services.withdraw(actor=mine.reader, enrolment=mine)
    erase_person(actor=SiteAdminFactory(), user=mine.reader)
    flow = facts(kit).flow
    assert (flow.withdrawn, flow.ended, flow.erased, flow.erased_counted) == (1, 0, 0, 0)


def test_each_reopening_is_said_with_who_when_and_why():
    kit = make_study(State.CLOSED)
    assert not facts(kit).reopenings
    services.extend(actor=kit.manager, study=kit.fresh(), due_at=None, why="Two had fallen ill.")
    services.extend(actor=kit.manager, study=kit.fresh(), due_at=None, why="More time, still open.")
    kit.to(State.CLOSED)
    services.extend(actor=kit.owner, study=kit.fresh(), due_at=None, why="A third one, too.")
    found = facts(kit)
    [table] = [each for each in design(found).tables if each.caption.startswith("Opened again")]
    assert [row[1:] for row in table.rows] == [("S2", "Two had fallen ill."), ("S1", "A third one, too.")]
    assert all(row[0].startswith("20") for row in table.rows)


def test_a_study_was_opened_when_it_was_opened_first():
    kit = make_study()
    # As it is after a reopening ten days later: steps themselves cannot be moved in time.
    Study.objects.filter(pk=kit.study.pk).update(opened_at=timezone.now() + timedelta(days=10))
    first = kit.study.transitions.get(to_state=State.OPEN)
    assert dict(facts(kit).dates)["Opened"] == moment(first.created_at)
