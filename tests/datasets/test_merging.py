"""Annotations of pictures that are in the project already: laid beside the cells there, line by line, none twice."""

from __future__ import annotations

import pytest

from apps.accounts.models import Project, Role, User
from apps.cells.models import Cell, EventKind, LabelEvent
from apps.cells.services import label, remove
from apps.core import storage
from apps.datasets import selectors
from apps.datasets.models import Import, ImportRemark, PictureState
from apps.datasets.values import Odd
from apps.review.second_reading import services as readings
from apps.slides.models import Field, Slide
from tests.datasets.archives import picture, small_voc, voc_xml, zipped
from tests.datasets.conftest import Importer
from tests.factories import member

pytestmark = pytest.mark.django_db
MAPPING = {"WBC": Import.NO_CLASS, "RBC": Import.LEAVE_OUT, "Platelets": "platelet"}


def archive(*objects: tuple[str, int, int, int, int]) -> bytes:
    """Return one picture with boxes."""
    return zipped(
        {"set/JPEGImages/a.png": picture(1), "set/Annotations/a.xml": voc_xml("a.png", list(objects))}
    )


def lines(source: Import) -> list[tuple[str, str]]:
    rows = ImportRemark.objects.filter(source=source).exclude(odd=Odd.DUPLICATE).order_by("id")
    return list(rows.values_list("odd", "message"))


def test_the_same_archive_twice_doubles_nothing(run_import: Importer, project: Project) -> None:
    run_import(zipped(small_voc()), mapping=MAPPING)
    again = run_import(zipped(small_voc()), mapping=MAPPING)
    counts = again.counts
    assert (counts["stored"], counts["merged_pictures"], counts["duplicate"]) == (0, 2, 1)
    assert (counts["boxes"], counts["cells"], counts["merged"]) == (6, 0, 3)
    assert (counts["left_out"], counts["refused"], counts["boxes_of_others"]) == (1, 2, 0)
    assert selectors.report(again).agrees
    assert Field.objects.filter(project=project).count() == 3
    assert Cell.objects.filter(project=project).count() == 3
    assert Slide.objects.filter(project=project).count() == 1
    assert again.remarks.filter(odd=Odd.DUPLICATE).count() == 3


def test_a_box_that_is_new_becomes_a_cell_and_one_that_is_there_does_not(
    run_import: Importer, project: Project
) -> None:
    run_import(archive(("Monocyte", 1, 1, 20, 20)))
    again = run_import(archive(("Monocyte", 2, 2, 21, 21), ("Neutrophil", 50, 20, 70, 40)))
    counts = again.counts
    assert (counts["boxes"], counts["cells"], counts["merged"]) == (2, 1, 1)
    assert selectors.report(again).agrees
    assert lines(again) == [(Odd.THERE, "The cell is boxed here already, with this class.")]
    cells = Cell.objects.filter(project=project).order_by("pk")
    assert [cell.current_class for cell in cells] == ["monocyte", "neutrophil"]
    assert all(storage.open_key(cell.crop_key).close() is None for cell in cells)
    assert Field.objects.filter(project=project).count() == 1
    assert again.pictures.get().state == PictureState.MERGED


def test_a_cell_without_a_label_takes_the_class_and_keeps_its_box(
    run_import: Importer, project: Project, researcher: User
) -> None:
    run_import(archive(("WBC", 1, 1, 20, 20)), mapping={"WBC": Import.NO_CLASS})
    cell = Cell.objects.get(project=project)
    again = run_import(archive(("Monocyte", 3, 3, 22, 22)))
    assert lines(again) == [(Odd.LABEL_TAKEN, "The cell there had no label, and took this class.")]
    assert selectors.report(again).agrees
    now = Cell.objects.get(project=project)
    assert (now.box, now.current_class, now.labelled_by, now.version) == (cell.box, "monocyte", researcher, 3)
    events = LabelEvent.objects.filter(cell=now).order_by("version_after")
    assert [(event.kind, event.to_class) for event in events] == [
        (EventKind.IMPORT, ""),
        (EventKind.IMPORT, "monocyte"),
    ]


def test_what_a_person_said_here_stands(run_import: Importer, project: Project, researcher: User) -> None:
    run_import(archive(("Monocyte", 1, 1, 20, 20), ("Monocyte", 50, 20, 70, 40)))
    first, second = Cell.objects.filter(project=project).order_by("pk")
    label(actor=researcher, cell=first, to_class="basophil", expected_version=2, seen_suggestion=False)
    remove(actor=researcher, cell=second, expected_version=2)
    again = run_import(archive(("Monocyte", 1, 1, 20, 20), ("Monocyte", 50, 20, 70, 40)))
    assert lines(again) == [
        (Odd.THERE, "The cell is boxed here already and carries another class, which stands."),
        (Odd.THERE, "A person removed the cell there; it stays removed."),
    ]
    assert (again.counts["cells"], again.counts["merged"]) == (0, 2)
    assert [cell.current_class for cell in Cell.objects.standing().filter(project=project)] == ["basophil"]


def test_in_a_project_that_reads_blind_the_lines_tell_no_class(
    run_import: Importer, project: Project
) -> None:
    run_import(archive(("Monocyte", 1, 1, 20, 20), ("Basophil", 50, 20, 70, 40)))
    Project.objects.filter(pk=project.pk).update(blind_first=True)
    again = run_import(archive(("Monocyte", 1, 1, 20, 20), ("Neutrophil", 50, 20, 70, 40)))
    assert {message for _, message in lines(again)} == {
        "The cell is boxed here already; what it carries stands."
    }


def test_a_slide_that_the_importer_reads_blind_is_left_alone(
    run_import: Importer, project: Project, researcher: User
) -> None:
    run_import(archive(("Monocyte", 1, 1, 20, 20)), into=project)
    slide = Slide.objects.get(project=project)
    readings.assign(actor=member(project, Role.MANAGER), slide=slide, reader=researcher)
    again = run_import(archive(("Neutrophil", 50, 20, 70, 40)))
    assert (again.counts["duplicate"], again.counts["cells"], again.counts["boxes_of_others"]) == (1, 0, 1)
    assert selectors.report(again).agrees
