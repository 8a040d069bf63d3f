"""The pages and the API of imports and exports, within their queries."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import Project, Role, User
from apps.core import storage
from apps.datasets.models import Export, Import, ImportState
from apps.slides.models import Slide
from tests.datasets.archives import picture, small_voc, voc_xml, zipped
from tests.datasets.conftest import Importer, Runs
from tests.factories import member

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]
MAPPING = {"WBC": Import.NO_CLASS, "RBC": Import.LEAVE_OUT, "Platelets": "platelet"}


def file(name: str, data: bytes) -> BytesIO:
    found = BytesIO(data)
    found.name = name
    return found


def send(client: Client, project: Project, *files: BytesIO, **values: str) -> Any:
    return client.post(
        f"/projects/{project.public_id}/imports/", {"grouping": "one-slide", "files": list(files), **values}
    )


def test_from_the_form_to_the_receipt(
    project: Project, researcher: User, sign_in: SignIn, run_job: Runs
) -> None:
    client = sign_in(researcher)
    answer = send(client, project, file("set.zip", zipped(small_voc())), title="Teaching set")
    source = Import.objects.select_related("job").get()
    assert answer["Location"] == f"/imports/{source.public_id}/"
    assert source.job is not None
    assert b"job-progress" in client.get(answer["Location"]).content
    run_job(source.job)
    page = client.get(answer["Location"]).content.decode()
    assert "Nothing is stored yet" in page
    fields = dict(re.findall(r'<label for="id_(class-\d)">(\w+)</label>', page))
    chosen = {field: MAPPING[name] for field, name in fields.items()}
    assert client.post(f"/imports/{source.public_id}/confirm/", chosen).status_code == 302
    source = Import.objects.select_related("job").get()
    assert source.job is not None
    run_job(source.job)
    page = client.get(answer["Location"]).content.decode()
    assert "Counts in = counts out" in page
    assert "Teaching set" in page
    assert "The box lies outside the picture of 96 x 64 pixels." in page
    table = b"".join(client.get(f"/imports/{source.public_id}/receipt.csv").streaming_content).decode()
    assert "box outside the picture" in table
    assert Slide.objects.get(project=project).title == "Teaching set"


def test_pictures_with_their_annotations_instead_of_an_archive(
    project: Project, researcher: User, sign_in: SignIn, run_job: Runs
) -> None:
    xml = voc_xml("a.png", [("Monocyte", 1, 1, 9, 9)]).encode()
    send(sign_in(researcher), project, file("a.png", picture(5)), file("a.xml", xml))
    source = Import.objects.select_related("job").get()
    assert source.job is not None
    run_job(source.job)
    source.refresh_from_db()
    assert (source.state, source.mapping) == (ImportState.MAPPING, {"Monocyte": "monocyte"})
    assert list(storage.every_key("imports")) == [source.source_key]


def test_what_is_refused_leaves_nothing(
    project: Project, researcher: User, sign_in: SignIn, settings: Any
) -> None:
    client = sign_in(researcher)
    both = send(client, project, file("a.zip", zipped({"a": "b"})), file("b.png", picture()))
    assert (both.status_code, b"Send one archive" in both.content) == (422, True)
    assert (
        client.post(f"/projects/{project.public_id}/imports/", {"grouping": "one-slide"}).status_code == 422
    )
    settings.WBCWEB_MAX_IMPORT_MB = 1
    large = send(client, project, file("a.zip", b"PK\x03\x04" + b"x" * 3_000_000))
    assert (large.status_code, b"larger than the 1 MB" in large.content) == (422, True)
    longer = send(client, project, file("a.zip", b"PK\x03\x04" + b"x" * 20_000_000))
    assert longer.status_code == 413
    assert not Import.objects.exists()
    assert list(storage.every_key()) == []


def test_what_a_name_says_is_never_markup(
    project: Project, researcher: User, sign_in: SignIn, run_job: Runs
) -> None:
    evil = "<script>alert(1)</script>"
    files = {
        f"{evil}.png": picture(1),
        f"{evil}.xml": voc_xml("x", [(evil.replace("<", "&lt;"), 200, 1, 300, 9)]),
    }
    client = sign_in(researcher)
    send(client, project, file("set.zip", zipped(files)))
    source = Import.objects.select_related("job").get()
    assert source.job is not None
    run_job(source.job)
    assert evil not in client.get(f"/imports/{source.public_id}/").content.decode()
    client.post(f"/imports/{source.public_id}/confirm/", {"class-0": "monocyte"})
    source = Import.objects.select_related("job").get()
    assert source.job is not None
    run_job(source.job)
    assert evil not in client.get(f"/imports/{source.public_id}/").content.decode()


def test_pages_stay_within_their_queries(
    project: Project,
    researcher: User,
    sign_in: SignIn,
    run_import: Importer,
    run_job: Runs,
    django_assert_max_num_queries: Any,
) -> None:
    client = sign_in(researcher)
    source = run_import(zipped(small_voc()), mapping=MAPPING)
    address = f"/projects/{project.public_id}/datasets/"
    page = client.get(address).content.decode()
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    with django_assert_max_num_queries(14):
        assert client.get(address).status_code == 200
    with django_assert_max_num_queries(14):
        assert client.get(f"/imports/{source.public_id}/").status_code == 200
    for number in range(4):
        run_import(zipped({"monocyte/a.png": picture(90 + number)}))
        client.post(f"/projects/{project.public_id}/exports/", {"format": "coco", "labels": "human"})
    assert Export.objects.count() == 4
    with django_assert_max_num_queries(14):
        assert client.get(address).status_code == 200
    with django_assert_max_num_queries(12):
        assert len(client.get(f"/api/v1/projects/{project.public_id}/imports/").json()["results"]) == 5
    with django_assert_max_num_queries(12):
        assert len(client.get(f"/api/v1/projects/{project.public_id}/exports/").json()["results"]) == 4


def test_an_export_by_the_form(
    project: Project, researcher: User, sign_in: SignIn, run_import: Importer, run_job: Runs
) -> None:
    run_import(zipped(small_voc()), mapping=MAPPING)
    slide = Slide.objects.get(project=project)
    client = sign_in(researcher)
    address = f"/projects/{project.public_id}/exports/"
    chosen = {"format": "yolo", "labels": "with-suggestions", "slides": [str(slide.public_id)]}
    assert client.post(address, chosen).status_code == 302
    export = Export.objects.select_related("job").get()
    assert export.slides == [str(slide.public_id)]
    assert export.job is not None
    run_job(export.job)
    page = client.get(f"/projects/{project.public_id}/datasets/").content.decode()
    assert "3 cells there, 3 written, 0 left out; read back: 3" in page
    assert f"/exports/{export.public_id}/file/" in page
    assert "With titles" not in page  # no manager
    client.post(f"/exports/{export.public_id}/discard/")
    assert client.get(f"/exports/{export.public_id}/file/").status_code == 410


def test_the_same_by_the_api(project: Project, sign_in: SignIn, run_job: Runs) -> None:
    client = sign_in(member(project, Role.MANAGER))
    address = f"/api/v1/projects/{project.public_id}"
    begun = client.post(
        f"{address}/imports/", {"file": file("set.zip", zipped(small_voc())), "format": "voc"}
    )
    assert begun.status_code == 201
    one = f"/api/v1/imports/{begun.json()['id']}/"
    run_job(Import.objects.select_related("job").get().job)  # type: ignore[arg-type]
    found = client.get(one).json()
    assert (found["state"], found["agrees"]) == ("mapping", None)
    assert {entry["name"]: entry["becomes"] for entry in found["classes"]} == {
        "WBC": ":no-class",
        "RBC": ":leave-out",
        "Platelets": "platelet",
    }
    sent = json.dumps({"mapping": MAPPING})
    confirmed = client.post(f"{one}confirm/", sent, content_type="application/json")
    assert confirmed.status_code == 202
    assert client.post(f"{one}confirm/", sent, content_type="application/json").status_code == 409
    run_job(Import.objects.select_related("job").get().job)  # type: ignore[arg-type]
    found = client.get(one).json()
    assert (found["state"], found["agrees"], found["counts"]["cells"]) == ("done", True, 3)
    assert client.delete(one).status_code == 409
    asked = client.post(
        f"{address}/exports/",
        json.dumps({"format": "bundle", "names": True}),
        content_type="application/json",
    )
    assert asked.status_code == 201
    assert client.get(f"/api/v1/exports/{asked.json()['id']}/file/").status_code == 410
    run_job(Export.objects.select_related("job").get().job)  # type: ignore[arg-type]
    ready = client.get(f"/api/v1/exports/{asked.json()['id']}/").json()
    assert (ready["state"], len(ready["sha256"])) == ("ready", 64)
    assert client.delete(f"/api/v1/exports/{asked.json()['id']}/").status_code == 204


@pytest.mark.parametrize("data", [{}, {"file": "text"}, {"file": file("a.zip", b"no archive")}])
def test_what_the_api_refuses(
    project: Project, researcher: User, sign_in: SignIn, data: dict[str, Any]
) -> None:
    answer = sign_in(researcher).post(f"/api/v1/projects/{project.public_id}/imports/", data)
    assert answer.status_code == 400
    assert list(storage.every_key()) == []
