import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories import ProjectFactory, SiteAdminFactory

pytestmark = pytest.mark.django_db

ADDRESS = "/api/v1/projects/"


@pytest.fixture
def site(sign_in):
    return sign_in(SiteAdminFactory())


def ids(answer):
    return [entry["id"] for entry in answer["results"]]


def test_no_request_asks_for_a_whole_table(site):
    ProjectFactory()
    with CaptureQueriesContext(connection) as queries:
        assert site.get(ADDRESS, {"limit": 500}).status_code == 200
    # One more than asked for tells whether there is another part; nothing is counted.
    assert [query["sql"] for query in queries if query["sql"].endswith("LIMIT 501")] != []
    assert [query["sql"] for query in queries if "COUNT(" in query["sql"]] == []


@pytest.mark.parametrize("limit", ["501", "9" * 30, "0", "-1", "many", "", "1.5", "٣"])
def test_a_limit_that_makes_no_sense_is_refused_with_a_sentence(site, limit):
    response = site.get(ADDRESS, {"limit": limit})
    assert (response.status_code, response.json()["error"]["code"]) == (400, "limit")
    assert response.json()["error"]["message"] == "limit must be a whole number from 1 to 500."


def test_the_parts_of_a_list_follow_each_other(site):
    made = [str(ProjectFactory().public_id) for _ in range(5)]
    seen, address = [], f"{ADDRESS}?limit=2&is_demo=false"
    while address:
        answer = site.get(address).json()
        seen.append(ids(answer))
        address = answer["next"]
    assert seen == [made[:2], made[2:4], made[4:]]


def test_the_last_part_says_so_also_when_it_is_full(site):
    for _ in range(2):
        ProjectFactory()
    assert site.get(ADDRESS, {"limit": 2}).json()["next"] is None


def test_what_comes_and_goes_meanwhile_neither_repeats_nor_hides_an_entry(site):
    made = [ProjectFactory() for _ in range(4)]
    first = site.get(ADDRESS, {"limit": 2}).json()
    made[0].delete()
    fresh = ProjectFactory()
    rest = site.get(first["next"]).json()
    assert ids(rest) == [str(project.public_id) for project in made[2:]]
    assert rest["next"] is not None
    assert ids(site.get(rest["next"]).json()) == [str(fresh.public_id)]


@pytest.mark.parametrize("after", ["nonsense", "", "00000000-0000-0000-0000-000000000000", "1"])
def test_a_place_that_is_not_in_the_list_is_refused(site, after):
    ProjectFactory()
    response = site.get(ADDRESS, {"after": after})
    assert (response.status_code, response.json()["error"]["code"]) == (400, "after")
