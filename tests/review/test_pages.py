import re

import pytest
from django.urls import reverse

from apps.accounts.models import AuditEvent, Role
from apps.cells.models import LabelEvent
from apps.core import storage
from apps.jobs.models import Job
from apps.registry.models import Task
from tests.cells.factories import finding, make_cells, make_field, make_slide
from tests.factories import SiteAdminFactory, UserFactory, member
from tests.registry.factories import in_use

pytestmark = pytest.mark.django_db


def page_url(slide, name="slide"):
    return reverse(f"review:{name}", args=[slide.public_id])


def save(client, cell, **values: object):
    return client.post(reverse("review:label", args=[cell.public_id]), values, follow=True)


def test_the_slide_page_tells_its_script_where_the_cells_are(sign_in, slide, cells, anna):
    text = sign_in(anna).get(page_url(slide)).content.decode()
    assert 'data-page="slide"' in text
    assert f'data-api="{reverse("review-api:slide-cells", args=[slide.public_id])}"' in text
    assert page_url(slide, "table") in text
    assert "Read only" not in text


def test_a_viewer_is_told_that_the_page_is_read_only(sign_in, slide):
    text = sign_in(member(slide.project, Role.VIEWER)).get(page_url(slide)).content.decode()
    assert "Read only" in text


@pytest.mark.parametrize("name", ["slide", "table"])
def test_a_simulated_slide_is_called_so(sign_in, anna, name):
    simulated = make_slide(anna.projects.get(), simulated=True)
    assert "Simulated" in sign_in(anna).get(page_url(simulated, name)).content.decode()


@pytest.mark.parametrize("name", ["slide", "table"])
def test_an_administrators_look_is_recorded_and_a_members_is_not(sign_in, slide, anna, name):
    sign_in(anna).get(page_url(slide, name))
    assert not AuditEvent.objects.filter(verb="viewed").exists()
    admin = SiteAdminFactory()
    assert sign_in(admin).get(page_url(slide, name)).status_code == 200
    event = AuditEvent.objects.get(verb="viewed")
    assert (event.actor, event.project, event.target) == (admin, slide.project, f"slide:{slide.public_id}")


def test_an_administrators_look_through_the_interface_is_recorded_and_the_many_requests_of_a_page_are_one_look(
    sign_in, slide, field, cells, crop
):
    storage.save_bytes(field.image_key, crop)
    looks = {
        "data": reverse("review-api:slide-cells", args=[slide.public_id]),
        "events": reverse("review-api:events", args=[cells[0].public_id]),
        "crop": reverse("review:crop", args=[cells[0].public_id]),
        "image": reverse("slides:field-image", args=[field.public_id]),
    }
    for address in looks.values():
        admin = SiteAdminFactory()
        for again in (address, page_url(slide), address):
            response = sign_in(admin).get(again)
            assert response.status_code == 200
            # Read to the end: response.close() would end the request, and with it the test's connection.
            b"".join(response)
        event = AuditEvent.objects.get(actor=admin, verb="viewed")
        assert event.target == f"slide:{slide.public_id}"


@pytest.mark.parametrize("name", ["slide", "table"])
def test_other_peoples_slides_and_the_trash_answer_404(sign_in, slide, anna, name):
    assert sign_in(UserFactory()).get(page_url(slide, name)).status_code == 404
    type(slide).objects.filter(pk=slide.pk).update(trashed_at=slide.created_at)
    assert sign_in(anna).get(page_url(slide, name)).status_code == 404


def test_the_table_shows_class_probability_and_picture(sign_in, slide, cells, anna):
    text = sign_in(anna).get(page_url(slide, "table")).content.decode()
    assert f'src="{reverse("review:crop", args=[cells[0].public_id])}"' in text
    assert "Cells 1 to 3 of 3" in text
    assert "0.90" in text
    assert text.count("Unidentified</th>") == 2  # in the count and in its row


def test_the_table_is_paged(sign_in, slide, field, anna, django_assert_max_num_queries):
    make_cells(field, *(finding(at=at) for at in range(60)))
    client = sign_in(anna)
    with django_assert_max_num_queries(24):
        first = client.get(page_url(slide, "table")).content.decode()
    assert "Cells 1 to 50 of 60" in first
    second = client.get(page_url(slide, "table") + "?page=2").content.decode()
    assert "Cells 51 to 60 of 60" in second


def test_the_menu_of_a_cell_labels_it(sign_in, cells, anna):
    found = save(sign_in(anna), cells[0], to="monocyte", version=1, page=1)
    assert found.redirect_chain[0][0].endswith(f"?page=1#cell-{cells[0].public_id}")
    cells[0].refresh_from_db()
    assert (cells[0].current_class, cells[0].version) == ("monocyte", 2)
    save(sign_in(anna), cells[0], to="", version=2)
    cells[0].refresh_from_db()
    assert cells[0].current_class == ""


def test_a_stale_menu_says_who_was_first(sign_in, cells, anna, ben):
    save(sign_in(ben), cells[0], to="monocyte", version=1)
    text = save(sign_in(anna), cells[0], to="basophil", version=1).content.decode()
    assert f"{ben.display_name} changed this cell meanwhile; it carries monocyte now." in text
    assert LabelEvent.objects.count() == 1


def test_a_second_click_on_a_menu_counts_once_and_is_no_conflict(sign_in, slide, cells, anna):
    client = sign_in(anna)
    keys = re.findall(r'name="key" value="([^"]+)"', client.get(page_url(slide, "table")).content.decode())
    assert len(set(keys)) == len(cells)
    pages = [save(client, cells[0], to="monocyte", version=1, key=keys[0]) for _ in range(2)]
    assert ["meanwhile" in page.content.decode() for page in pages] == [False, False]
    assert LabelEvent.objects.count() == 1
    # Back to the same drawing of the form, with another choice: that is another act, and a stale one.
    assert "meanwhile" in save(client, cells[0], to="basophil", version=1, key=keys[0]).content.decode()


@pytest.mark.parametrize("wrong", [{"to": "monocyte"}, {"to": "monocyte", "version": "x"}, {"version": 0}])
def test_a_menu_that_lost_its_version_is_refused_in_words(sign_in, cells, anna, wrong):
    text = save(sign_in(anna), cells[0], **wrong).content.decode()
    assert "Choose a class for the cell." in text
    assert LabelEvent.objects.count() == 0


def test_a_viewer_has_no_menu_and_cannot_use_it(sign_in, slide, cells):
    client = sign_in(member(slide.project, Role.VIEWER))
    assert "<select" not in client.get(page_url(slide, "table")).content.decode()
    assert save(client, cells[0], to="monocyte", version=1).status_code == 403


def test_the_button_asks_for_an_analysis_while_there_is_something_to_do(sign_in, slide, anna):
    in_use(task=Task.LOCATE)
    in_use(task=Task.CLASSIFY)
    client = sign_in(anna)
    action = f'action="{reverse("review:analyse", args=[slide.public_id])}"'
    assert action in client.get(page_url(slide, "table")).content.decode()
    found = client.post(reverse("review:analyse", args=[slide.public_id]), follow=True)
    assert Job.objects.get().requester == anna
    assert "Waiting for a worker." in found.content.decode()
    assert action not in found.content.decode()


def test_the_table_names_the_suggestion_it_showed(sign_in, slide, field, cells, anna):
    client = sign_in(anna)
    save(client, cells[0], to="monocyte", version=1)
    older = cells[0].classifier_version
    text = client.get(page_url(slide, "table")).content.decode()
    assert f'name="suggestion" value="{older.public_id}"' in text
    make_cells(field, finding("basophil"))
    save(client, cells[0], to="eosinophil", version=2, suggestion=older.public_id)
    event = LabelEvent.objects.latest("pk")
    assert (event.to_class, event.model_version, event.seen_suggestion) == ("eosinophil", older, True)


def test_a_crop_is_a_picture_and_tells_nothing_else(sign_in, cells, anna, crop):
    found = sign_in(anna).get(reverse("review:crop", args=[cells[0].public_id]))
    assert b"".join(found.streaming_content) == crop
    assert found.headers["Content-Type"] == "image/png"
    assert found.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in found.headers["Content-Security-Policy"]


def test_a_crop_is_for_members(sign_in, cells, crop):
    url = reverse("review:crop", args=[cells[0].public_id])
    assert sign_in(UserFactory()).get(url).status_code == 404


def test_a_missing_picture_answers_404(sign_in, cells, anna):
    assert sign_in(anna).get(reverse("review:crop", args=[cells[1].public_id])).status_code == 404


def test_the_table_of_slides_shows_cells_and_analysis(
    sign_in, slide, cells, anna, django_assert_max_num_queries
):
    client = sign_in(anna)
    save(client, cells[0], to="monocyte", version=1)
    for _ in range(5):
        make_field(make_slide(slide.project))
    with django_assert_max_num_queries(40):
        text = client.get(reverse("slides:project", args=[slide.project.public_id])).content.decode()
    assert "? 1  L 1  M 1" in text.replace("\N{NO-BREAK SPACE}", " ")
    assert "1 of 3" in text
    assert "Not analysed" in text
