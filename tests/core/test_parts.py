"""Parts of a list for pages: nothing is shown twice or left out, whatever comes in or goes meanwhile."""

from uuid import uuid4

import pytest

from apps.accounts.models import Project
from apps.core.parts import Part, part_of
from tests.factories import ProjectFactory

pytestmark = pytest.mark.django_db


def part(rows=None, **where: object) -> Part[Project]:
    everything = Project.objects.filter(name__startswith="P")
    return part_of(everything if rows is None else rows, places=everything, size=4, **where)


@pytest.fixture
def ten():
    admin = ProjectFactory().created_by
    Project.objects.all().update(name="other")
    return [ProjectFactory(name=f"P{n}", created_by=admin) for n in range(10)][::-1]


def test_from_the_newest_to_the_oldest_and_back(ten):
    first = part()
    assert (first.rows, first.newer, first.older) == (ten[:4], None, ten[3].public_id)
    second = part(before=str(first.older))
    assert (second.rows, second.newer, second.older) == (ten[4:8], ten[4].public_id, ten[7].public_id)
    last = part(before=str(second.older))
    assert (last.rows, last.newer, last.older) == (ten[8:], ten[8].public_id, None)
    back = part(after=str(last.newer))
    assert (back.rows, back.newer, back.older) == (ten[4:8], ten[4].public_id, ten[7].public_id)
    assert part(after=str(back.newer)) == first


def test_the_top_is_shown_whole(ten):
    assert part(after=str(ten[2].public_id)) == part()


def test_what_comes_in_shifts_nothing(ten):
    second = part(before=str(ten[3].public_id))
    ProjectFactory(name="P new", created_by=ten[0].created_by)
    assert part(before=str(ten[3].public_id)) == second


def test_a_place_that_left_the_filtered_list_is_still_a_place(ten):
    odd = Project.objects.filter(pk__in=[p.pk for p in ten[1::2]])
    assert part(odd, before=str(ten[4].public_id)).rows == ten[5::2]


@pytest.mark.parametrize("where", [{"before": "nonsense"}, {"after": str(uuid4())}, {"before": ""}])
def test_an_id_of_nothing_leads_to_the_newest(ten, where):
    assert part(**where) == part()


def test_an_empty_list(db):
    assert part(Project.objects.none()) == Part([], None, None)


def test_a_part_costs_two_queries_however_far_down(ten, django_assert_num_queries):
    with django_assert_num_queries(2):
        part(before=str(ten[7].public_id))
