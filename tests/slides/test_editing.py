"""One thing at a time: a slide, its specimen, the title of a field, each on the version that was seen."""

from uuid import uuid4

import pytest

from apps.accounts.models import Project, Role, User
from apps.core.editing import version_of
from apps.core.errors import Conflict, InvalidInput, NotPermitted
from apps.slides import services
from apps.slides.models import DeviceProfile, Field, ScaleSource, Slide, Specimen
from apps.slides.selectors import field_values, slide_values, specimen_values
from tests.cells.factories import make_field, make_slide
from tests.factories import member

pytestmark = pytest.mark.django_db


@pytest.fixture
def slide(project: Project) -> Slide:
    return make_slide(project, title="Old")


def change(actor: User, slide: Slide, **values: object) -> Slide:
    seen = slide_values(slide)
    return services.change_slide(actor=actor, slide=slide, **{**seen, "version": version_of(seen), **values})


def test_a_slide_gets_another_title(reviewer: User, slide: Slide) -> None:
    assert change(reviewer, slide, title="  A  B ").title == "A B"
    for wrong in ("", "   ", "x" * 201):
        with pytest.raises(InvalidInput):
            change(reviewer, slide, title=wrong)
    with pytest.raises(NotPermitted):
        change(member(slide.project, Role.VIEWER), slide, title="C")
    assert Slide.objects.get(pk=slide.pk).title == "A B"


def test_a_device_brings_its_scale_and_takes_it_along_again(reviewer: User, slide: Slide) -> None:
    field = make_field(slide)
    device = DeviceProfile.objects.create(project=slide.project, name="Camera", um_per_px=0.07)
    change(reviewer, slide, device=device.public_id)
    field.refresh_from_db()
    assert (slide.device, field.um_per_px, field.scale_source) == (device, 0.07, ScaleSource.DEVICE)
    change(reviewer, slide, device=None)
    field.refresh_from_db()
    assert (slide.device, field.um_per_px) == (None, None)


def test_a_device_of_another_project_is_none(reviewer: User, slide: Slide) -> None:
    foreign = DeviceProfile.objects.create(project=make_slide().project, name="Camera")
    for device in (foreign.public_id, uuid4()):
        with pytest.raises(InvalidInput, match="no such device"):
            change(reviewer, slide, device=device)


def test_a_stale_change_of_a_slide_is_refused_with_both_values(reviewer: User, slide: Slide) -> None:
    version = version_of(slide_values(slide))
    Slide.objects.filter(pk=slide.pk).update(title="Theirs")
    slide.refresh_from_db()
    with pytest.raises(Conflict) as refused:
        change(reviewer, slide, title="Mine", version=version)
    assert refused.value.detail == {
        "yours": {"title": "Mine", "device": ""},
        "current": {"title": "Theirs", "device": ""},
        "version": version_of(slide_values(slide)),
    }


def test_a_change_between_reading_and_writing_is_a_conflict(reviewer: User, slide: Slide) -> None:
    Slide.objects.filter(pk=slide.pk).update(title="Theirs")  # the object in hand was read before
    with pytest.raises(Conflict, match="meanwhile"):
        change(reviewer, slide, title="Mine")
    assert Slide.objects.get(pk=slide.pk).title == "Theirs"


def test_a_specimen_is_described(reviewer: User, slide: Slide) -> None:
    specimen = slide.specimen
    seen = specimen_values(specimen)
    values = {**seen, "pseudonym": " P  1 ", "stain": " Wright ", "sex": "female"}
    services.change_specimen(actor=reviewer, specimen=specimen, **values, version=version_of(seen))
    assert (specimen.pseudonym, specimen.stain, specimen.sex) == ("P 1", "Wright", "female")
    with pytest.raises(Conflict):
        services.change_specimen(actor=reviewer, specimen=specimen, **values, version=version_of(seen))


@pytest.mark.parametrize("wrong", [{"pseudonym": " "}, {"sex": "other"}], ids=str)
def test_a_specimen_that_makes_no_sense_is_refused(reviewer: User, slide: Slide, wrong: dict) -> None:
    seen = specimen_values(slide.specimen)
    with pytest.raises(InvalidInput):
        services.change_specimen(
            actor=reviewer, specimen=slide.specimen, **{**seen, **wrong}, version=version_of(seen)
        )


def test_two_specimens_of_a_project_never_share_a_pseudonym(reviewer: User, slide: Slide) -> None:
    other = make_slide(slide.project).specimen
    seen = specimen_values(slide.specimen)
    with pytest.raises(Conflict, match=other.pseudonym):
        services.change_specimen(
            actor=reviewer,
            specimen=slide.specimen,
            **{**seen, "pseudonym": other.pseudonym},
            version=version_of(seen),
        )


def test_a_specimen_changed_between_reading_and_writing_stays(reviewer: User, slide: Slide) -> None:
    specimen = slide.specimen
    seen = specimen_values(specimen)
    Specimen.objects.filter(pk=specimen.pk).update(stain="theirs")
    with pytest.raises(Conflict, match="meanwhile"):
        services.change_specimen(
            actor=reviewer, specimen=specimen, **{**seen, "stain": "mine"}, version=version_of(seen)
        )
    assert Specimen.objects.get(pk=specimen.pk).stain == "theirs"


def test_a_field_gets_another_title(reviewer: User, slide: Slide) -> None:
    field = make_field(slide, title="name.png")
    version = version_of(field_values(field))
    services.rename_field(actor=reviewer, field=field, title="edge", version=version)
    assert Field.objects.get(pk=field.pk).title == "edge"
    with pytest.raises(Conflict):
        services.rename_field(actor=reviewer, field=field, title="mine", version=version)
    with pytest.raises(NotPermitted):
        services.rename_field(
            actor=member(slide.project, Role.VIEWER),
            field=field,
            title="mine",
            version=version_of(field_values(field)),
        )
