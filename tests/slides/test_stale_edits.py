"""An edit stands on what the person saw: what somebody else saved meanwhile is shown beside it, never overwritten."""

import pytest
from django.test import Client

from apps.accounts.models import Project, User
from apps.core.editing import version_of
from apps.core.errors import Conflict
from apps.slides import services
from apps.slides.models import DeviceProfile, Slide, Specimen
from apps.slides.selectors import details_of
from tests.cells.factories import make_field, make_slide

pytestmark = pytest.mark.django_db


@pytest.fixture
def slide(project: Project) -> Slide:
    return make_slide(project, title="Old")


@pytest.fixture
def client(reviewer: User) -> Client:
    client = Client()
    client.force_login(reviewer)
    return client


def form_of(slide: Slide, **values: str) -> dict[str, str]:
    """Return what the page would send: the values it was drawn with, those changed, and the version it saw."""
    details = details_of(slide)
    return {
        "title": slide.title,
        "pseudonym": details["pseudonym"],
        "species": details["species"],
        "version": version_of(details),
        **values,
    }


def test_a_stale_edit_answers_409_with_both_and_is_taken_when_sent_again(
    client: Client, slide: Slide
) -> None:
    url, form = f"/slides/{slide.public_id}/edit/", form_of(slide, title="Mine", species="human")
    Slide.objects.filter(pk=slide.pk).update(title="Theirs")
    Specimen.objects.filter(pk=slide.specimen_id).update(species="dog")
    answer = client.post(url, form)
    slide.refresh_from_db()
    assert (answer.status_code, slide.title, slide.specimen.species) == (409, "Theirs", "dog")
    page = answer.content.decode()
    for words in ('value="Mine"', "Saved meanwhile: Theirs.", 'value="human"', "Saved meanwhile: dog."):
        assert words in page
    assert page.count("Saved meanwhile: ") == 2
    shown = version_of(details_of(slide))
    assert f'name="version" value="{shown}"' in page
    assert client.post(url, {**form, "version": shown}).status_code == 302
    slide.refresh_from_db()
    assert (slide.title, slide.specimen.species) == ("Mine", "human")


def test_an_edit_without_the_version_it_saw_is_not_taken(client: Client, slide: Slide) -> None:
    form = {**form_of(slide, title="Mine"), "version": ""}
    assert client.post(f"/slides/{slide.public_id}/edit/", form).status_code == 422
    slide.refresh_from_db()
    assert slide.title == "Old"


@pytest.mark.parametrize("where", ["slide", "specimen"])
def test_a_change_between_reading_and_writing_is_a_conflict(reviewer: User, slide: Slide, where: str) -> None:
    form = {**details_of(slide), "title": "Mine", "stain": "mine"}
    version = version_of(details_of(slide))
    if where == "slide":
        Slide.objects.filter(pk=slide.pk).update(title="Theirs")
    else:
        Specimen.objects.filter(pk=slide.specimen_id).update(stain="theirs")
    # The object in hand is what was read before the other person's write.
    with pytest.raises(Conflict) as refused:
        services.describe(actor=reviewer, slide=slide, version=version, **form)
    kept = Slide.objects.get(pk=slide.pk)
    theirs = ("Theirs", "") if where == "slide" else ("Old", "theirs")
    assert (kept.title, kept.specimen.stain) == theirs
    current, yours = refused.value.detail["current"], refused.value.detail["yours"]
    assert (current["title"], current["stain"]) == theirs
    assert (yours["title"], yours["stain"]) == ("Mine", "mine")


def test_a_new_device_does_not_push_out_one_that_was_given_meanwhile(client: Client, slide: Slide) -> None:
    url, form = (
        f"/slides/{slide.public_id}/device/",
        {"name": "Mine", "version": version_of({"device": None})},
    )
    theirs = DeviceProfile.objects.create(project=slide.project, name="Theirs")
    Slide.objects.filter(pk=slide.pk).update(device=theirs)
    answer = client.post(url, form)
    slide.refresh_from_db()
    assert (answer.status_code, slide.device) == (409, theirs)
    page = answer.content.decode()
    assert "Saved meanwhile: Theirs." in page
    assert 'value="Mine"' in page
    assert list(DeviceProfile.objects.all()) == [theirs]
    assert client.post(url, {**form, "version": version_of({"device": theirs})}).status_code == 302


def test_a_device_given_between_reading_and_writing_stays(reviewer: User, slide: Slide) -> None:
    seen = version_of({"device": slide.device})
    theirs = DeviceProfile.objects.create(project=slide.project, name="Theirs")
    Slide.objects.filter(pk=slide.pk).update(device=theirs)
    with pytest.raises(Conflict, match="meanwhile"):
        services.add_device(actor=reviewer, slide=slide, name="Mine", version=seen)
    assert Slide.objects.get(pk=slide.pk).device == theirs
    assert list(DeviceProfile.objects.all()) == [theirs]


def test_titles_of_fields_that_somebody_changed_are_shown_beside_ones_own(
    client: Client, slide: Slide
) -> None:
    first, second, third = (make_field(slide, title=f"{n}.png") for n in range(3))
    sent = {f"seen-{field.public_id}": field.title for field in (first, second, third)} | {"fields": "save"}
    sent |= {str(first.public_id): "mine", str(second.public_id): "mine too", str(third.public_id): "2.png"}
    slide.fields.filter(pk__in=(second.pk, third.pk)).update(title="theirs")
    url = f"/slides/{slide.public_id}/edit/"
    answer = client.post(url, sent)
    assert answer.status_code == 409
    assert list(slide.fields.order_by("position").values_list("title", flat=True)) == [
        "0.png",
        "theirs",
        "theirs",
    ]
    page = answer.content.decode()
    for words in ('value="mine"', 'value="mine too"', "Saved meanwhile: theirs"):
        assert words in page
    assert page.count("Saved meanwhile: ") == 1
    assert f'name="{third.public_id}" value="theirs"' in page
    # What was left as it was seen is no edit: the other person's title of the third stays.
    assert client.post(url, {**sent, f"seen-{second.public_id}": "theirs"}).status_code == 302
    assert list(slide.fields.order_by("position").values_list("title", flat=True)) == [
        "mine",
        "mine too",
        "theirs",
    ]
