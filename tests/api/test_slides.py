"""Specimens, slides, fields and devices by the API."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.accounts.models import AuditEvent, Role
from apps.core import storage
from apps.slides.models import DeviceProfile, Slide
from tests.cells.factories import make_field, make_slide
from tests.factories import ProjectFactory, SiteAdminFactory, member
from tests.kits import images as kit

pytestmark = pytest.mark.django_db

API = "/api/v1"
JSON = "application/json"


@pytest.fixture
def project():
    return ProjectFactory()


@pytest.fixture
def site(sign_in, project):
    return sign_in(member(project, Role.REVIEWER))


def ids(response):
    assert response.status_code == 200, response.content
    return [entry["id"] for entry in response.json()["results"]]


def test_slides_are_listed_newest_first_with_their_fields_counted(site, project):
    slides = [make_slide(project) for _ in range(3)]
    make_field(slides[0])
    make_field(slides[0])
    found = site.get(f"{API}/slides/").json()["results"]
    assert [(entry["id"], entry["fields"]) for entry in found] == [
        (str(slide.public_id), fields) for slide, fields in zip(reversed(slides), (0, 0, 2), strict=True)
    ]


def test_a_slide_in_the_trash_is_listed_by_name_only(site, project):
    here, gone = make_slide(project), make_slide(project, trashed_at=timezone.now())
    assert ids(site.get(f"{API}/slides/")) == [str(here.public_id)]
    assert ids(site.get(f"{API}/slides/?trashed=false")) == [str(here.public_id)]
    assert ids(site.get(f"{API}/slides/?trashed=true")) == [str(gone.public_id)]
    assert site.get(f"{API}/slides/{gone.public_id}/").status_code == 404
    assert site.post(f"{API}/slides/{gone.public_id}/restore/").status_code == 200
    assert ids(site.get(f"{API}/slides/?trashed=true")) == []


def test_slides_are_found_by_what_they_are(site, project):
    device = DeviceProfile.objects.create(project=project, name="Camera")
    plain, drawn = make_slide(project, title="Plain"), make_slide(project, title="Drawn", simulated=True)
    Slide.objects.filter(pk=drawn.pk).update(device=device)
    other = ProjectFactory()
    foreign = make_slide(other)
    before, after = "2000-01-01T00:00:00Z", "2100-01-01T00:00:00Z"
    questions = {
        f"project={project.public_id}": [drawn, plain],
        f"project={other.public_id}": [],
        f"specimen={plain.specimen.public_id}": [plain],
        f"specimen={foreign.specimen.public_id}": [],
        f"device={device.public_id}": [drawn],
        "title=pla": [plain],
        f"pseudonym={drawn.specimen.pseudonym.lower()}": [drawn],
        "simulated=true": [drawn],
        "simulated=false": [plain],
        f"created_after={before}": [drawn, plain],
        f"created_before={before}": [],
        f"created_after={after}": [],
        "simulated=true&title=pla": [],
    }
    found = {question: ids(site.get(f"{API}/slides/?{question}")) for question in questions}
    assert found == {
        question: [str(slide.public_id) for slide in slides] for question, slides in questions.items()
    }


@pytest.mark.parametrize(
    "question",
    [
        "project=x",
        "simulated=1",
        "trashed=yes",
        "created_after=now",
        "title=%00",
        "nonsense=1",
        "title=" + "x" * 201,
    ],
)
def test_a_filter_that_makes_no_sense_is_refused_with_a_sentence(site, question):
    response = site.get(f"{API}/slides/?{question}")
    assert response.status_code == 400
    assert response.json()["error"]["message"].endswith(".")


def test_a_slide_is_changed_on_the_version_that_was_seen(site, project):
    url = f"{API}/slides/{make_slide(project, title='Old').public_id}/"
    seen = site.get(url).json()
    changed = site.patch(url, {"title": "New", "version": seen["version"]}, content_type=JSON)
    assert (changed.status_code, changed.json()["title"]) == (200, "New")
    stale = site.patch(url, {"title": "Mine", "version": seen["version"]}, content_type=JSON)
    error = stale.json()["error"]
    assert (stale.status_code, error["code"]) == (409, "stale")
    assert (error["detail"]["yours"]["title"], error["detail"]["current"]["title"]) == ("Mine", "New")
    again = site.patch(url, {"title": "Mine", "version": error["detail"]["version"]}, content_type=JSON)
    assert again.json()["title"] == "Mine"
    assert site.patch(url, {"title": "Unseen"}, content_type=JSON).status_code == 400


def test_a_slide_takes_a_new_device_and_a_known_one(site, project):
    url = f"{API}/slides/{make_slide(project).public_id}/"
    seen = site.get(url).json()
    new = {"name": "Camera", "um_per_px": 0.07, "version": seen["device_version"]}
    made = site.post(f"{url}device/", new, content_type=JSON)
    assert made.status_code == 201
    assert site.get(f"{API}/devices/{made.json()['id']}/").json()["um_per_px"] == 0.07
    other = f"{API}/slides/{make_slide(project).public_id}/"
    version = site.get(other).json()["version"]
    given = site.patch(other, {"device": made.json()["id"], "version": version}, content_type=JSON)
    assert given.json()["device"] == made.json()["id"]
    assert site.post(f"{url}device/", new, content_type=JSON).status_code == 409
    assert ids(site.get(f"{API}/devices/?name=cam")) == [made.json()["id"]]


def test_a_specimen_is_changed_in_part(site, project):
    specimen = make_slide(project).specimen
    url = f"{API}/specimens/{specimen.public_id}/"
    version = site.get(url).json()["version"]
    changed = site.patch(
        url,
        {"stain": "Wright", "collected_at": "2026-11-20T08:00:00Z", "version": version},
        content_type=JSON,
    ).json()
    assert (changed["stain"], changed["pseudonym"]) == ("Wright", specimen.pseudonym)
    assert changed["version"] != version
    other = make_slide(project).specimen
    taken = {"pseudonym": other.pseudonym, "version": changed["version"]}
    assert site.patch(url, taken, content_type=JSON).status_code == 409
    assert ids(site.get(f"{API}/specimens/?pseudonym={specimen.pseudonym}"))[0] == str(specimen.public_id)


def test_fields_have_pictures_that_only_members_and_their_programs_get(site, project, program):
    field = make_field(make_slide(project))
    storage.save_bytes(field.image_key, kit.encoded())
    storage.save_bytes(field.thumbnail_key, kit.encoded(kind="JPEG"))
    shown = site.get(f"{API}/fields/?slide={field.slide.public_id}").json()["results"]
    assert [entry["id"] for entry in shown] == [str(field.public_id)]
    robot = program(member(project, Role.VIEWER))
    for address, kind in ((shown[0]["image_url"], "image/png"), (shown[0]["thumbnail_url"], "image/jpeg")):
        picture = robot.get(address, headers={"Accept": kind})
        assert (picture.status_code, picture.headers["Content-Type"]) == (200, kind)
        assert picture.headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert b"".join(picture.streaming_content)
        stranger = program(member(ProjectFactory(), Role.MANAGER)).get(address, headers={"Accept": kind})
        assert (stranger.status_code, stranger.headers["Content-Type"]) == (404, JSON)


def test_a_field_gets_another_title(site, project):
    field = make_field(make_slide(project), title="Doe.png")
    url = f"{API}/fields/{field.public_id}/"
    version = site.get(url).json()["version"]
    assert site.patch(url, {"title": "edge", "version": version}, content_type=JSON).json()["title"] == "edge"
    assert site.patch(url, {"title": "mine", "version": version}, content_type=JSON).status_code == 409


@pytest.mark.parametrize(
    ("extra", "value"),
    [
        ("project", "x"),
        ("simulated", True),
        ("created_by", 1),
        ("trashed_at", None),
        ("id", "00000000-0000-0000-0000-000000000000"),
        ("specimen", "x"),
        ("public_id", "x"),
    ],
)
def test_nothing_else_of_a_slide_can_be_set(site, project, extra, value):
    slide = make_slide(project)
    url = f"{API}/slides/{slide.public_id}/"
    sent = {"title": "New", extra: value, "version": site.get(url).json()["version"]}
    response = site.patch(url, sent, content_type=JSON)
    assert response.status_code == 400
    assert extra in response.json()["error"]["detail"]
    assert Slide.objects.values().get(pk=slide.pk)["title"] == slide.title


def test_what_an_administrator_without_a_role_is_shown_is_on_record(sign_in, project):
    field = make_field(make_slide(project))
    admin = SiteAdminFactory()
    site = sign_in(admin)
    for address in ("slides/", f"slides/{field.slide.public_id}/", "fields/", f"fields/{field.public_id}/"):
        assert site.get(f"{API}/{address}").status_code == 200
    seen = AuditEvent.objects.filter(verb="viewed", actor=admin, project=project)
    assert set(seen.values_list("target", flat=True)) == {"", f"slide:{field.slide.public_id}"}


@pytest.mark.parametrize(
    ("address", "queries"),
    [("slides/", 5), ("fields/", 4), ("specimens/", 4), ("devices/", 3), ("projects/", 4), ("jobs/", 3)],
)
def test_a_long_list_asks_the_database_as_often_as_a_short_one(site, project, address, queries):
    def fill() -> None:
        slide = make_slide(project)
        make_field(slide)
        DeviceProfile.objects.create(project=project, name=f"Camera {slide.pk}")

    counted = []
    for _ in range(2):
        fill()
        fill()
        with CaptureQueriesContext(connection) as asked:
            assert site.get(f"{API}/{address}").status_code == 200
        counted.append(len(asked))
    # Where hosts may differ in the time, jobs ask the database for it.
    asks_for_time = address == "jobs/" and connection.vendor != "sqlite"
    assert counted == [queries + asks_for_time] * 2
