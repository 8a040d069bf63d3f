"""Pictures of single cells: imported, recognised again, removed together and brought back."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from apps.accounts.models import AuditEvent, Project, Role, User
from apps.cells.models import Cell, Origin
from apps.cells.services import label, undo_act
from apps.core import storage
from apps.core.errors import NotPermitted
from apps.core.registries import cell_visibility_rules
from apps.datasets import services
from apps.datasets.models import CropDigest, Import, PictureState
from apps.datasets.values import Odd
from tests.datasets.archives import crops, picture, zipped
from tests.datasets.conftest import Importer
from tests.factories import member

pytestmark = pytest.mark.django_db


def test_pictures_of_single_cells(run_import: Importer, project: Project) -> None:
    source = run_import(zipped(crops()))
    assert source.format == "imagefolder"
    counts = source.counts
    assert (counts["pictures"], counts["stored"], counts["duplicate"], counts["failed"]) == (5, 3, 1, 1)
    cells = Cell.objects.filter(project=project).order_by("pk")
    assert [(cell.current_class, cell.origin, cell.field, cell.box) for cell in cells] == [
        (name, Origin.IMPORTED, None, (0.0, 0.0, 48.0, 40.0))
        for name in ("neutrophil", "neutrophil", "immature-granulocyte")
    ]
    assert CropDigest.objects.count() == 3
    assert dict(source.remarks.values_list("path", "odd")) == {
        "pbc/ig/same.png": Odd.DUPLICATE,
        "pbc/monocyte/broken.png": Odd.UNREADABLE_PICTURE,
    }
    again = run_import(zipped(crops()))
    assert (again.counts["stored"], again.counts["duplicate"]) == (0, 4)
    assert Cell.objects.filter(project=project).count() == 3


def standing(project: Project) -> list[tuple[str, str]]:
    cells = Cell.objects.standing().filter(project=project).order_by("pk")
    return list(cells.values_list("current_class", "crop_key"))


def test_they_are_removed_together_and_come_back_as_they_were(
    run_import: Importer, project: Project, researcher: User
) -> None:
    source = run_import(zipped(crops()))
    first = Cell.objects.filter(project=project).order_by("pk")[0]
    label(actor=researcher, cell=first, to_class="basophil", expected_version=2, seen_suggestion=False)
    before = standing(project)
    assert services.remove_crops(actor=researcher, source=source) == 3
    assert standing(project) == []
    assert services.remove_crops(actor=researcher, source=source) == 0
    other = member(project, Role.MANAGER)
    assert services.bring_crops_back(actor=other, source=source) == 3
    assert standing(project) == before
    assert all(storage.open_key(key).close() is None for _, key in before)
    first.refresh_from_db()
    assert first.labelled_by == researcher
    assert AuditEvent.objects.filter(verb="cell-removed").count() == 3


def test_undo_brings_the_whole_removal_back(run_import: Importer, project: Project, researcher: User) -> None:
    source = run_import(zipped(crops()))
    before = standing(project)
    services.remove_crops(actor=researcher, source=source)
    assert len(undo_act(actor=researcher, scope=project, idempotency_key="u")) == 3
    assert standing(project) == before


def test_only_those_of_the_import_go(run_import: Importer, project: Project, researcher: User) -> None:
    run_import(zipped(crops()))
    other = run_import(
        zipped({"set/monocyte/x.png": picture(9, 48, 40), "set/basophil/y.png": picture(8, 48, 40)})
    )
    assert services.remove_crops(actor=researcher, source=other) == 2
    assert len(standing(project)) == 3


def test_a_removed_picture_that_comes_again_is_not_doubled_and_says_where_it_is(
    run_import: Importer, project: Project, researcher: User
) -> None:
    source = run_import(zipped(crops()))
    services.remove_crops(actor=researcher, source=source)
    again = run_import(zipped(crops()))
    assert again.counts["stored"] == 0
    assert "Bring it back" in again.remarks.filter(odd=Odd.DUPLICATE).order_by("id")[0].message


def test_a_picture_without_a_class_takes_the_one_it_comes_with_later(
    run_import: Importer, project: Project
) -> None:
    data = {"set/unknown/a.png": picture(1, 48, 40), "set/other/b.png": picture(2, 48, 40)}
    run_import(zipped(data), mapping={"unknown": Import.NO_CLASS, "other": Import.NO_CLASS})
    named = {"set/monocyte/a.png": picture(1, 48, 40), "set/basophil/c.png": picture(3, 48, 40)}
    again = run_import(zipped(named))
    assert (again.counts["merged_pictures"], again.counts["stored"]) == (1, 1)
    assert again.pictures.get(state=PictureState.MERGED).cells == 0
    classes = Cell.objects.filter(project=project).order_by("pk").values_list("current_class", flat=True)
    assert list(classes) == ["monocyte", "", "basophil"]


def test_the_page_of_the_import_removes_and_brings_back(
    run_import: Importer, project: Project, researcher: User, sign_in: Callable[[User], Client]
) -> None:
    source = run_import(zipped(crops()))
    browser, here = sign_in(researcher), f"/imports/{source.public_id}/"
    assert b"Remove the 3 pictures" in browser.get(here).content
    page = browser.post(f"{here}crops/remove/", follow=True).content
    assert b"3 pictures removed" in page
    assert b"Bring 3 back" in page
    assert b"3 pictures brought back" in browser.post(f"{here}crops/bring-back/", follow=True).content
    assert len(standing(project)) == 3


def test_who_may_not_label_removes_nothing(run_import: Importer, project: Project) -> None:
    source = run_import(zipped(crops()))
    with pytest.raises(NotPermitted):
        services.remove_crops(actor=member(project, Role.REVIEWER), source=source)
    assert len(standing(project)) == 3


def test_who_may_not_see_some_pictures_learns_nowhere_how_many(
    run_import: Importer,
    project: Project,
    researcher: User,
    sign_in: Callable[[User], Client],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    source = run_import(zipped(crops()))
    one = Cell.objects.filter(project=project).order_by("pk")[:1].values_list("pk", flat=True)

    def closed(*, user: User) -> object:
        return one if user == researcher else Cell.objects.none().values_list("pk", flat=True)

    monkeypatch.setattr(cell_visibility_rules, "_hooks", {"test": closed})
    browser, here = sign_in(researcher), f"/imports/{source.public_id}/"
    page = browser.get(here).content.decode()
    assert "closed to you for the time being" in page
    assert "2 stand" not in page
    assert "pictures</button>" not in page
    for act in ("remove", "bring-back"):
        page = browser.post(f"{here}crops/{act}/", follow=True).content.decode()
        assert "2 pictures" not in page
        assert len(standing(project)) == 3
    assert "Remove the 3 pictures" in sign_in(member(project, Role.MANAGER)).get(here).content.decode()
