"""Pages of slides: the table and its budget of questions, pictures, naming, the trash."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import AuditEvent, Project, User
from apps.core import storage
from apps.core.editing import version_of
from apps.core.errors import Conflict, InvalidInput
from apps.core.registries import slide_columns
from apps.slides import selectors, services
from apps.slides.columns import SlideColumn
from apps.slides.models import DeviceProfile, Field, Slide, Upload
from tests.cells.factories import make_field, make_slide
from tests.factories import ProjectFactory, SiteAdminFactory, member
from tests.kits import images as kit

pytestmark = pytest.mark.django_db
# How many slides, which, what they are, how many fields, their first fields; each further column adds its own.
SLIDE_TABLE_QUERIES = 5
PROJECT_PAGE_QUERIES = 12  # the table, session, person, role, slides to add to


@pytest.fixture(autouse=True)
def no_columns_of_other_rooms(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slide_columns, "_hooks", {})


@pytest.fixture
def client(reviewer: User) -> Client:
    client = Client()
    client.force_login(reviewer)
    return client


def table_of(project: Project, user: User, **values: object) -> selectors.SlideTable:
    return selectors.slide_table(user=user, project=project, **values)


def test_the_table_asks_the_same_number_of_questions_for_many_slides(
    project: Project, reviewer: User
) -> None:
    for _ in range(30):
        slide = make_slide(project)
        for _ in range(6):
            make_field(slide)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        table = table_of(project, reviewer)
        assert [(row.fields, len(row.thumbnails)) for row in table.rows] == [(6, 4)] * 30
        assert all(row.slide.specimen.pseudonym for row in table.rows)
    assert len(asked) == SLIDE_TABLE_QUERIES


def test_the_page_stays_within_its_budget(client: Client, project: Project) -> None:
    for _ in range(20):
        make_field(make_slide(project))
    client.get(f"/projects/{project.public_id}/")
    with CaptureQueriesContext(connection) as asked:
        page = client.get(f"/projects/{project.public_id}/").content.decode()
    assert page.count('<img class="thumb"') == 20
    assert len(asked) <= PROJECT_PAGE_QUERIES, [query["sql"][:120] for query in asked]


def test_a_site_administrator_s_look_is_audited_and_a_member_s_is_not(
    client: Client, project: Project
) -> None:
    client.get(f"/projects/{project.public_id}/")
    assert not AuditEvent.objects.filter(verb="viewed").exists()
    admin = SiteAdminFactory()
    looking = Client()
    looking.force_login(admin)
    assert looking.get(f"/projects/{project.public_id}/").status_code == 200
    event = AuditEvent.objects.get(verb="viewed")
    assert (event.actor, event.project) == (admin, project)


def test_the_newest_slide_comes_first_and_pages_hold_fifty(project: Project, reviewer: User) -> None:
    slides = [make_slide(project) for _ in range(53)]
    table = table_of(project, reviewer)
    assert table.rows[0].slide == slides[-1]
    assert (len(table.rows), table.page.paginator.num_pages) == (50, 2)
    assert [row.slide for row in table_of(project, reviewer, page=2).rows] == slides[2::-1]
    assert len(table_of(project, reviewer, page="nonsense").rows) == 50


def test_search_looks_into_titles_and_pseudonyms(project: Project, reviewer: User) -> None:
    wanted, _ = make_slide(project, title="Eosinophilia 3"), make_slide(project, title="Other")
    assert [row.slide for row in table_of(project, reviewer, search=" eosino ").rows] == [wanted]
    assert [row.slide for row in table_of(project, reviewer, search=wanted.specimen.pseudonym).rows] == [
        wanted
    ]
    assert table_of(project, reviewer, search="none such").rows == []


def test_a_null_character_in_a_search_reaches_no_database(project: Project, reviewer: User) -> None:
    slide = make_slide(project, title="Smear")
    assert [row.slide for row in table_of(project, reviewer, search="sm\x00ear").rows] == [slide]


def test_other_projects_and_the_trash_are_not_in_the_table(project: Project, reviewer: User) -> None:
    make_slide()
    services.trash(actor=reviewer, slide=make_slide(project))
    assert table_of(project, reviewer).rows == []
    assert selectors.trashed_slides(user=reviewer, project=project).paginator.count == 1


def test_a_room_above_adds_a_column_and_is_asked_once(
    client: Client, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    slides = [make_slide(project), make_slide(project)]
    asked: list[object] = []

    def cells(*, slides: list[Slide], user: User) -> SlideColumn:
        asked.append(user)
        return SlideColumn("Cells", {slide.pk: f"<{slide.pk}> cells" for slide in slides}, numeric=True)

    def nothing(**_: object) -> None:
        return None

    monkeypatch.setattr(slide_columns, "_hooks", {"cells": cells, "nothing": nothing})
    page = client.get(f"/projects/{project.public_id}/").content.decode()
    assert '<th scope="col" class="number">Cells</th>' in page
    for slide in slides:
        assert f"&lt;{slide.pk}&gt; cells" in page
    assert len(asked) == 1


def test_the_upload_panel_is_there_for_those_who_may(client: Client, project: Project) -> None:
    page = client.get(f"/projects/{project.public_id}/").content.decode()
    assert f'data-project="{project.public_id}"' in page
    assert f'action="/projects/{project.public_id}/upload/"' in page
    assert 'enctype="multipart/form-data"' in page
    looking = Client()
    looking.force_login(member(project, "viewer"))
    page = looking.get(f"/projects/{project.public_id}/").content.decode()
    assert "data-upload" not in page
    assert "Move to trash" not in page


def test_titles_are_escaped_and_simulated_slides_say_so(client: Client, project: Project) -> None:
    make_slide(project, title="<script>alert(1)</script>", simulated=True)
    page = client.get(f"/projects/{project.public_id}/").content.decode()
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;" in page
    assert "Simulated" in page


def test_pictures_are_served_bare(client: Client, project: Project) -> None:
    field = make_field(make_slide(project), title="Meier Anna.png")
    storage.save_bytes(field.image_key, kit.encoded())
    storage.save_bytes(field.thumbnail_key, kit.encoded(kind="JPEG"))
    for what, kind in (("image", "image/png"), ("thumbnail", "image/jpeg")):
        answer = client.get(f"/fields/{field.public_id}/{what}/")
        assert answer.status_code == 200
        assert answer.headers["Content-Type"] == kind
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        assert not {"Last-Modified", "ETag"} & set(answer.headers)
        assert "Meier" not in str(answer.headers)
        assert b"".join(answer.streaming_content)[:2] in {b"\x89P", b"\xff\xd8"}


def test_a_picture_whose_file_is_missing_answers_404(client: Client, project: Project) -> None:
    field = make_field(make_slide(project))
    assert client.get(f"/fields/{field.public_id}/image/").status_code == 404


def test_pictures_of_slides_in_the_trash_are_not_served(
    client: Client, project: Project, reviewer: User
) -> None:
    field = make_field(make_slide(project))
    storage.save_bytes(field.image_key, kit.encoded())
    services.trash(actor=reviewer, slide=field.slide)
    assert client.get(f"/fields/{field.public_id}/image/").status_code == 404


def test_the_trash_keeps_everything_and_gives_it_back(
    client: Client, project: Project, reviewer: User
) -> None:
    field = make_field(make_slide(project, title="Smear"))
    slide = field.slide
    for _ in range(2):
        client.post(f"/slides/{slide.public_id}/trash/")
    slide.refresh_from_db()
    assert slide.trashed_at is not None
    assert (
        AuditEvent.objects.filter(verb="deleted", target=f"slide:{slide.public_id}", actor=reviewer).count()
        == 1
    )
    assert "Smear" in client.get(f"/projects/{project.public_id}/trash/").content.decode()
    for _ in range(2):
        client.post(f"/slides/{slide.public_id}/restore/")
    slide.refresh_from_db()
    assert slide.trashed_at is None
    assert AuditEvent.objects.filter(verb="restored").count() == 1
    assert Field.objects.visible_to(reviewer).get() == field


def test_a_slide_is_described_on_its_page(client: Client, project: Project) -> None:
    slide = make_slide(project)
    form = {
        "title": "New title",
        "pseudonym": "P-77",
        "age_band": "40-49",
        "sex": "female",
        "stain": "May-Grünwald-Giemsa",
        "collected_at": "2026-01-02T03:04",
        "version": version_of(selectors.details_of(slide)),
    }
    assert client.post(f"/slides/{slide.public_id}/edit/", form).status_code == 302
    slide.refresh_from_db()
    assert (slide.title, slide.specimen.pseudonym, slide.specimen.age_band) == ("New title", "P-77", "40-49")
    assert slide.specimen.collected_at.hour == 3
    page = client.get(f"/slides/{slide.public_id}/edit/").content.decode()
    assert 'value="2026-01-02T03:04"' in page


def test_a_pseudonym_is_one_specimen_s_alone(client: Client, project: Project) -> None:
    first, second = make_slide(project), make_slide(project)
    version = version_of(selectors.details_of(second))
    form = {"title": "T", "pseudonym": first.specimen.pseudonym, "version": version}
    answer = client.post(f"/slides/{second.public_id}/edit/", form)
    assert answer.status_code == 409
    assert "Another specimen of this project is called" in answer.content.decode()
    second.refresh_from_db()
    assert second.title != "T"


def test_a_device_is_remembered_with_its_scale(client: Client, project: Project) -> None:
    field = make_field(make_slide(project))
    kept = make_field(field.slide, um_per_px=0.1, scale_source="file")
    slide = field.slide
    form = {"name": "BX53", "objective": "100x", "um_per_px": "0.25"}
    form["version"] = version_of({"device": None})
    assert client.post(f"/slides/{slide.public_id}/device/", form).status_code == 302
    form["version"] = version_of({"device": "BX53"})
    assert client.post(f"/slides/{slide.public_id}/device/", form).status_code == 409
    assert (
        client.post(f"/slides/{slide.public_id}/device/", {"name": "X", "um_per_px": "-1"}).status_code == 422
    )
    device = DeviceProfile.objects.get()
    field.refresh_from_db()
    kept.refresh_from_db()
    assert (field.um_per_px, field.scale_source) == (0.25, "device")
    assert (kept.um_per_px, kept.scale_source) == (0.1, "file")
    # Taking the device away takes its scale away.
    slide.refresh_from_db()
    details = {"title": slide.title, "pseudonym": slide.specimen.pseudonym}
    details["version"] = version_of(selectors.details_of(slide))
    client.post(f"/slides/{slide.public_id}/edit/", {**details, "device": str(device.public_id)})
    field.refresh_from_db()
    assert field.um_per_px == 0.25
    client.post(f"/slides/{slide.public_id}/edit/", details)
    field.refresh_from_db()
    assert (field.um_per_px, field.scale_source) == (None, "")


def test_a_device_of_another_project_is_not_taken(project: Project, reviewer: User) -> None:
    slide = make_slide(project)
    foreign = DeviceProfile.objects.create(project=ProjectFactory(), name="Elsewhere")
    version = version_of(selectors.details_of(slide))
    with pytest.raises(InvalidInput, match="another project"):
        services.describe(
            actor=reviewer, slide=slide, title="T", pseudonym="P", device=foreign, version=version
        )
    services.add_device(actor=reviewer, slide=slide, name="Here", version=version_of({"device": None}))
    with pytest.raises(Conflict, match="called “Here” already"):
        services.add_device(actor=reviewer, slide=slide, name="Here", version=version_of({"device": "Here"}))


def test_the_report_of_an_upload_polls_until_it_is_done(
    client: Client, begin: Callable[..., Upload], run_job: Callable[..., object]
) -> None:
    upload = begin(("a.png", kit.encoded()))
    job = services.complete(upload=upload)
    url = f"/uploads/{upload.public_id}/"
    assert "hx-trigger" in client.get(url).content.decode()
    run_job(job)
    fragment = client.get(url, headers={"HX-Request": "true"}).content.decode()
    assert "hx-trigger" not in fragment
    assert "<html" not in fragment
    assert "1 of 1 stored" in fragment


def test_the_names_of_files_can_be_taken_away(client: Client, project: Project, reviewer: User) -> None:
    upload = services.open_upload(requester=reviewer, project=project, mode="one-slide")
    slide = make_slide(project)
    first, second = (make_field(slide, title=f"Doe_Jane_{n}.png") for n in (1, 2))
    for n, field in enumerate((first, second), 1):
        upload.files.create(position=n, filename=field.title, size=1, state="stored", field=field)
    address = f"/slides/{slide.public_id}/edit/"
    assert "Doe_Jane_2.png" in client.get(address).content.decode()
    titles = {str(first.public_id): " Field  1 ", str(second.public_id): "Field 2"}
    seen = {f"seen-{field.public_id}": field.title for field in (first, second)}
    assert client.post(address, {**titles, **seen, "fields": "save"}).status_code == 302
    assert list(slide.fields.values_list("title", flat=True)) == ["Field 1", "Field 2"]
    for page in (address, f"/uploads/{upload.public_id}/"):
        assert "Doe_Jane" not in client.get(page).content.decode()


def test_titles_of_other_slides_and_empty_ones_are_not_taken(client: Client, project: Project) -> None:
    slide = make_slide(project)
    mine, other = make_field(slide, title="mine"), make_field(make_slide(), title="other")
    address = f"/slides/{slide.public_id}/edit/"
    for titles in ({str(other.public_id): "x"}, {str(mine.public_id): " "}, {str(mine.public_id): "x" * 256}):
        seen = {f"seen-{field.public_id}": field.title for field in (mine, other)}
        client.post(address, {**titles, **seen, "fields": "save"})
    assert list(Field.objects.order_by("pk").values_list("title", flat=True)) == ["mine", "other"]


def test_simulated_slides_and_uploads_are_called_so_on_their_own_pages(
    client: Client, project: Project, reviewer: User
) -> None:
    pages = {}
    for simulated in (True, False):
        slide = make_slide(project, simulated=simulated)
        upload = services.open_upload(
            requester=reviewer, project=project, mode="one-slide", simulated=simulated
        )
        for address in (f"/slides/{slide.public_id}/edit/", f"/uploads/{upload.public_id}/"):
            pages[address] = simulated
    assert {address: "Simulated" in client.get(address).content.decode() for address in pages} == pages
