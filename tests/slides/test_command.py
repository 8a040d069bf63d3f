"""``manage.py ingest``: the same as an upload, here and now or by a worker."""

from __future__ import annotations

import io
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from apps.accounts.models import AuditEvent, Project
from apps.core.registries import after_ingest
from apps.jobs import services as jobs
from apps.jobs.models import Job, State
from apps.slides.models import Field, Slide, Upload
from apps.slides.params import KIND, IngestParams
from tests.kits import images as kit

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder with four pictures, one of them below, and files that are none."""
    folder = tmp_path / "pictures"
    (folder / "more").mkdir(parents=True)
    for n, name in enumerate(["b.png", "a.PNG", "c.jpeg", "more/d.bmp"]):
        kind = {"png": "PNG", "jpeg": "JPEG", "bmp": "BMP"}[name.rpartition(".")[2].lower()]
        (folder / name).write_bytes(kit.encoded(kit.picture(seed=n), kind))
    (folder / "notes.txt").write_text("no picture")
    (folder / "._a.png").write_bytes(b"\x00\x05\x16\x07")
    return folder


def run(*args: object) -> str:
    out = io.StringIO()
    call_command("ingest", *map(str, args), stdout=out, stderr=out)
    return out.getvalue()


@pytest.mark.django_db
def test_a_folder_becomes_one_slide_in_the_order_of_names(folder: Path, project: Project) -> None:
    said = run(folder, "--project", project.name, "--slide", "Smear A")
    assert "4 stored, 0 in the project already, 0 not stored." in said
    slide = Slide.objects.get()
    assert (slide.title, slide.created_by) == ("Smear A", None)
    assert list(slide.fields.values_list("title", flat=True)) == ["a.PNG", "b.png", "c.jpeg", "d.bmp"]
    assert AuditEvent.objects.get(verb="uploaded").actor is None


@pytest.mark.django_db
def test_bad_files_are_named_and_end_with_one(folder: Path, project: Project, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="2 files not stored") as ended:
        run(
            folder / "notes.txt", folder / "a.PNG", tmp_path / "gone.png", "--project", str(project.public_id)
        )
    assert ended.value.returncode == 1
    states = {file.filename: (file.state, file.message) for file in Upload.objects.get().files.all()}
    assert states["a.PNG"] == ("stored", "")
    assert states["notes.txt"][1].startswith("This is a text file")
    assert "cannot be opened" in states["gone.png"][1]


@pytest.mark.django_db
def test_a_file_above_the_cap_is_named(
    folder: Path, project: Project, settings: pytest.FixtureRequest
) -> None:
    settings.WBCWEB_MAX_UPLOAD_MB = 0
    with pytest.raises(CommandError, match="1 file not stored"):
        run(folder / "a.PNG", "--project", project.name)
    assert "larger than the 0 MB" in Upload.objects.get().files.get().message


@pytest.mark.django_db
def test_slide_per_file_and_adding_and_who(folder: Path, project: Project, reviewer) -> None:
    run(
        folder / "a.PNG",
        folder / "b.png",
        "--project",
        project.name,
        "--slide-per-file",
        "--as",
        reviewer.email,
    )
    assert list(Slide.objects.order_by("pk").values_list("title", flat=True)) == ["a", "b"]
    first = Slide.objects.order_by("pk").first()
    assert first.created_by == reviewer
    run(folder / "c.jpeg", "--project", project.name, "--add-to", str(first.public_id))
    assert first.fields.count() == 2


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("a.PNG", "--project", "No such"), "There is no project “No such”. Known: "),
        (("a.PNG", "--project", "{project}", "--as", "who@example.org"), "no active account"),
        (("more/none", "--project", "{project}"), "1 file not stored"),
        (("empty", "--project", "{project}"), "no picture in the folders"),
        (
            ("a.PNG", "--project", "{project}", "--add-to", "0b0f8a1e-0000-4000-8000-000000000000"),
            "has no slide",
        ),
    ],
)
def test_mistakes_get_a_sentence(args: tuple[str, ...], words: str, folder: Path, project: Project) -> None:
    (folder / "empty").mkdir()
    path, *rest = args
    with pytest.raises(CommandError, match=words):
        run(folder / path, *(part.format(project=project.name) for part in rest))


@pytest.mark.django_db
def test_queued_work_waits_for_a_worker(folder: Path, project: Project) -> None:
    said = run(folder, "--project", project.name, "--queue")
    assert "4 files are waiting for a worker" in said
    assert Job.objects.get().state == State.QUEUED
    assert Field.objects.count() == 0


@pytest.mark.django_db
def test_the_work_that_storing_asks_for_is_done_as_well(
    folder: Path, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Upload.objects.create(project=project, mode="one-slide")

    def ask(*, slide: Slide, analyse: bool, **_: object) -> None:
        subject = f"slide:{slide.public_id}"
        if analyse and not Job.objects.filter(subject=subject).exists():
            params = IngestParams(upload_id=str(other.public_id))  # any kind of work will do here
            jobs.submit(kind=KIND, params=params, requester=None, title="Look at it", subject=subject)

    monkeypatch.setattr(after_ingest, "_hooks", {"ask": ask})
    assert "Look at it: done" in run(folder, "--project", project.name, "--analyse")
    assert set(Job.objects.values_list("state", flat=True)) == {State.SUCCEEDED}


def manage(data: Path, *args: object, wait: bool = True) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "manage.py", *map(str, args)],
        cwd=ROOT,
        env={**os.environ, "WBCWEB_DATA_DIR": str(data)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if wait:
        said, _ = process.communicate(timeout=180)
        assert process.returncode == 0, said
    return process


@pytest.mark.processes
def test_processes_that_store_the_same_pictures_at_once_store_each_once(folder: Path, tmp_path: Path) -> None:
    data = tmp_path / "site"
    manage(data, "migrate", "--verbosity", "0")
    manage(data, "shell", "-c", "from apps.accounts.models import Project; Project.objects.create(name='P')")
    racing = [manage(data, "ingest", folder, "--project", "P", wait=False) for _ in range(3)]
    said = [process.communicate(timeout=180)[0] for process in racing]
    assert [process.returncode for process in racing] == [0, 0, 0], said
    with sqlite3.connect(data / "db.sqlite3") as database:
        fields = database.execute(
            "SELECT slide_id, position, image_key, thumbnail_key FROM slides_field"
        ).fetchall()
        states = database.execute("SELECT state, COUNT(*) FROM slides_uploadfile GROUP BY state").fetchall()
    database.close()
    assert dict(states) == {"stored": 4, "duplicate": 8}
    positions: dict[int, list[int]] = {}
    for slide, position, *_ in fields:
        positions.setdefault(slide, []).append(position)
    assert all(sorted(of) == list(range(1, len(of) + 1)) for of in positions.values())
    kept = {
        path.relative_to(data / "media").as_posix() for path in (data / "media").rglob("*") if path.is_file()
    }
    assert kept == {key for _, _, *keys in fields for key in keys}
