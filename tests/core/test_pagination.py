import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories import ProjectFactory, SiteAdminFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("limit", ["501", "9" * 30])
def test_no_request_asks_for_a_whole_table(sign_in, limit):
    ProjectFactory()
    browser = sign_in(SiteAdminFactory())
    with CaptureQueriesContext(connection) as queries:
        response = browser.get("/api/v1/projects/", {"limit": limit})
    assert response.status_code == 200
    assert [query["sql"] for query in queries if query["sql"].endswith("LIMIT 500")] != []


def test_the_parts_of_a_list_follow_each_other(sign_in):
    names = [ProjectFactory().name for _ in range(3)]
    browser = sign_in(SiteAdminFactory())
    first = browser.get("/api/v1/projects/", {"limit": 2}).json()
    rest = browser.get(first["next"]).json()
    assert sorted(p["name"] for p in first["results"] + rest["results"]) == sorted(names)
    assert (first["count"], rest["next"]) == (3, None)
