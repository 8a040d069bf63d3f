"""What the database itself refuses."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from apps.slides.models import Field, Slide, Specimen
from tests.cells.factories import make_field, make_slide
from tests.factories import ProjectFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("column", ["image_key", "pixel_sha256", "width", "height"])
def test_what_describes_the_pixels_of_a_field_never_changes(column: str) -> None:
    field = make_field(make_slide())
    with pytest.raises(DatabaseError), transaction.atomic():
        Field.objects.filter(pk=field.pk).update(**{column: "7"})
    Field.objects.filter(pk=field.pk).update(title="another", complete=True)


def test_a_field_stays_on_its_slide_and_a_slide_in_its_project() -> None:
    field, other = make_field(make_slide()), make_slide()
    with pytest.raises(DatabaseError), transaction.atomic():
        Field.objects.filter(pk=field.pk).update(slide=other)
    with pytest.raises(DatabaseError), transaction.atomic():
        Slide.objects.filter(pk=other.pk).update(project=ProjectFactory())


def test_a_slide_never_stops_or_begins_to_be_simulated() -> None:
    for simulated in (True, False):
        slide = make_slide(simulated=simulated)
        with pytest.raises(DatabaseError), transaction.atomic():
            Slide.objects.filter(pk=slide.pk).update(simulated=not simulated)


@pytest.mark.parametrize(
    "values",
    [
        {"um_per_px": 0.1, "scale_source": ""},
        {"um_per_px": None, "scale_source": "file"},
        {"um_per_px": 0, "scale_source": "file"},
        {"um_per_px": 0.1, "scale_source": "hearsay"},
        {"position": 0},
        {"width": 0},
    ],
)
def test_nonsense_is_refused(values: dict[str, object]) -> None:
    slide = make_slide()
    with pytest.raises(IntegrityError), transaction.atomic():
        make_field(slide, **values)


def test_positions_and_pixels_are_unique() -> None:
    field = make_field(make_slide())
    with pytest.raises(IntegrityError), transaction.atomic():
        make_field(field.slide, position=field.position)
    with pytest.raises(IntegrityError), transaction.atomic():
        make_field(make_slide(field.project), pixel_sha256=field.pixel_sha256)
    make_field(make_slide(), pixel_sha256=field.pixel_sha256)


def test_the_project_of_a_slide_and_a_field_is_that_of_what_they_belong_to() -> None:
    slide, other = make_slide(), make_slide()
    with pytest.raises(IntegrityError), transaction.atomic():
        make_field(slide, project=other.project)
    with pytest.raises(IntegrityError), transaction.atomic():
        Slide.objects.create(specimen=slide.specimen, project=other.project, title="Elsewhere")
    with pytest.raises(IntegrityError), transaction.atomic():
        Slide.objects.filter(pk=slide.pk).update(specimen=other.specimen)
    with pytest.raises(DatabaseError), transaction.atomic():
        Specimen.objects.filter(pk=slide.specimen_id).update(project=other.project)
