"""Pictures declared synthetic: said once by page, API or command, sealed, and never taken for a patient's cells."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.test import Client

from apps.accounts.models import AuditEvent, Project, User
from apps.cells.importing import ImportedCell, write_imported
from apps.cells.models import Cell, Origin
from apps.cells.services import mark_reference
from apps.core.errors import InvalidInput
from apps.datasets import scope, selectors
from apps.datasets.models import Declared, Export, Import
from apps.slides.models import Field
from tests.datasets.archives import begin, folder, picture, small_voc, zipped
from tests.datasets.conftest import Importer, Runs

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]


def cells() -> bytes:
    return zipped({f"neutrophil/{n}.png": picture(n, 48, 48) for n in range(3)})


def sent(data: bytes) -> BytesIO:
    found = BytesIO(data)
    found.name = "set.zip"
    return found


def test_cells_of_a_synthetic_import_are_synthetic_for_good(
    run_import: Importer, project: Project, researcher: User
) -> None:
    source = run_import(cells(), origin=Declared.SYNTHETIC, analyse=True)
    assert (source.origin, source.analyse, source.counts["cells"]) == ("synthetic", False, 3)
    found = list(Cell.objects.filter(project=project))
    assert {(c.origin, c.field_id, c.current_class) for c in found} == {
        (Origin.SYNTHETIC, None, "neutrophil")
    }
    assert AuditEvent.objects.get(verb="imported").detail["origin"] == "synthetic"
    for table in ("datasets_import", "cells_cell"):
        with (
            pytest.raises(DatabaseError, match="origin"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(f"UPDATE {table} SET origin = 'imported'")
    assert mark_reference(cells=found, to_class="neutrophil") == 0
    wanted = Export.objects.create(project=project, requester=researcher, format="imagefolder")
    assert not scope.crops_of(wanted).exists()


def test_a_field_is_never_synthetic(run_import: Importer, project: Project, researcher: User) -> None:
    with pytest.raises(InvalidInput) as caught:
        begin(researcher, project, b"", format="voc", origin=Declared.SYNTHETIC)
    assert caught.value.code == "origin"
    with pytest.raises(InvalidInput) as caught:
        begin(researcher, project, b"", origin="invented")
    assert caught.value.code == "origin"
    with pytest.raises(ValueError, match="no field"):
        write_imported(
            actor=researcher,
            project=project,
            field=Field(),
            cells=[ImportedCell((0.0, 0.0, 9.0, 9.0), "")],
            synthetic=True,
        )


@pytest.mark.django_db(transaction=True)
def test_an_archive_of_fields_stops_with_a_sentence(run_import: Importer) -> None:
    source = run_import(zipped(small_voc()), origin=Declared.SYNTHETIC)
    report = selectors.report(source)
    assert (report.state, "Only pictures of single cells" in report.message) == ("stopped", True)
    assert not Cell.objects.exists()


def test_it_is_said_on_the_page_and_by_the_api(
    project: Project, researcher: User, sign_in: SignIn, run_job: Runs
) -> None:
    client = sign_in(researcher)
    page = client.get(f"/projects/{project.public_id}/datasets/").content.decode()
    assert 'name="origin"' in page
    values: dict[str, Any] = {"grouping": "one-slide", "files": [sent(cells())], "origin": "synthetic"}
    address = client.post(f"/projects/{project.public_id}/imports/", values)["Location"]
    assert Import.objects.get().origin == "synthetic"
    assert '<span class="badge">Synthetic</span>' in client.get(address).content.decode()
    api = f"/api/v1/projects/{project.public_id}/imports/"
    answer = client.post(api, {"file": sent(cells()), "origin": "synthetic"})
    assert (answer.status_code, answer.json()["origin"]) == (201, "synthetic")
    assert client.post(api, {"file": sent(cells())}).json()["origin"] == "real"
    assert client.post(api, {"file": sent(cells()), "origin": "invented"}).status_code == 400
    refused = client.post(api, {"file": sent(cells()), "origin": "synthetic", "format": "coco"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "origin")


@pytest.mark.django_db(transaction=True)
def test_it_is_said_to_the_command(project: Project, researcher: User, tmp_path: Path) -> None:
    path = folder(tmp_path / "made", {f"neutrophil/{n}.png": picture(n, 48, 48) for n in range(2)})
    call_command(
        "import_annotations",
        str(path),
        f"--project={project.public_id}",
        f"--as={researcher.email}",
        "--synthetic",
        stdout=StringIO(),
    )
    assert set(Cell.objects.values_list("origin", flat=True)) == {Origin.SYNTHETIC}
