"""``manage.py ingest``: the same as an upload, here and now or by a worker."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from apps.accounts.models import AuditEvent, Project
from apps.core.registries import after_ingest
from apps.jobs import services as jobs
from apps.jobs.models import Job, State
from apps.slides.models import Field, Slide, Upload
from apps.slides.params import KIND, IngestParams
from tests.kits import images as kit
from tests.kits.postgres import private_postgres
from tests.kits.processes import own_environment, wait_for

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


@dataclass(frozen=True)
class Site:
    """A site of its own: a folder for its data and, for PostgreSQL, the address of its database."""

    data: Path
    database_url: str = ""

    def start(self, *args: object) -> subprocess.Popen[str]:
        """Start ``manage.py`` with these arguments."""
        environment = own_environment(WBCWEB_DATA_DIR=str(self.data))
        if self.database_url:
            environment["WBCWEB_DATABASE_URL"] = self.database_url
        return subprocess.Popen(
            [sys.executable, "manage.py", *map(str, args)],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, *args: object) -> str:
        """Run ``manage.py`` to a good end and return what it said."""
        process = self.start(*args)
        said, _ = process.communicate(timeout=300)
        assert process.returncode == 0, said
        return said

    def ask(self, program: str) -> Any:
        """Return what a few lines of Python, run inside the site, assign to ``answer``."""
        said = self.run(
            "shell", "--no-imports", "-c", f"import json\n{program}\nprint('=' + json.dumps(answer))"
        )
        return json.loads(said.rpartition("=")[2])


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    """Give an empty site with a project P, on each kind of database."""
    with ExitStack() as stack:
        url = stack.enter_context(private_postgres()).url() if request.param == "postgres" else ""
        made = Site(tmp_path / "site", url)
        made.run("migrate", "--verbosity", "0")
        made.ask("from apps.accounts.models import Project; Project.objects.create(name='P'); answer = 1")
        yield made


@pytest.mark.processes
@pytest.mark.slow
def test_processes_that_store_the_same_pictures_at_once_store_each_once(folder: Path, site: Site) -> None:
    racing = [site.start("ingest", folder, "--project", "P") for _ in range(3)]
    said = [process.communicate(timeout=300)[0] for process in racing]
    assert [process.returncode for process in racing] == [0, 0, 0], said
    fields = site.ask(
        "from apps.slides.models import Field\n"
        "answer = list(Field.objects.values_list('slide_id', 'position', 'image_key', 'thumbnail_key'))"
    )
    states = site.ask(
        "from apps.slides.models import UploadFile\n"
        "answer = sorted(UploadFile.objects.values_list('state', flat=True))"
    )
    assert states == ["duplicate"] * 8 + ["stored"] * 4
    positions: dict[int, list[int]] = {}
    for slide, position, *_ in fields:
        positions.setdefault(slide, []).append(position)
    assert all(sorted(of) == list(range(1, len(of) + 1)) for of in positions.values())
    media = site.data / "media"
    kept = {path.relative_to(media).as_posix() for path in media.rglob("*") if path.is_file()}
    assert kept == {key for _, _, *keys in fields for key in keys}


@pytest.mark.processes
@pytest.mark.slow
def test_a_killed_process_leaves_work_that_a_worker_ends(folder: Path, site: Site) -> None:
    """``kill -9`` while files are stored; the lease runs out at once because the process is known to be gone."""
    for n in range(60):
        (folder / f"more-{n:02}.png").write_bytes(kit.encoded(kit.picture(400, 300, seed=100 + n)))
    victim = site.start("ingest", folder, "--project", "P")
    wait_for(lambda: len(list((site.data / "media").glob("fields/*/*.png"))) > 5, seconds=120)
    victim.kill()
    victim.communicate(timeout=60)
    stored = site.ask("from apps.slides.models import Field; answer = Field.objects.count()")
    assert 0 < stored < 64
    site.ask(
        "from apps.jobs import execution, reap\n"
        "from apps.jobs.models import Job\n"
        "reap.reap_dead_neighbours()\n"
        "job = Job.objects.get()\n"
        "Job.objects.update(not_before=None)\n"
        "answer = str(execution.execute(job.pk, job.attempt, worker='second'))"
    )
    answer = site.ask(
        "from apps.slides.models import Field, Slide, UploadFile\n"
        "answer = [Field.objects.count(), Slide.objects.count(), UploadFile.objects.exclude(state='stored').count(),"
        " sorted(k for f in Field.objects.all() for k in (f.image_key, f.thumbnail_key))]"
    )
    media = site.data / "media"
    for half_written in media.rglob(".*.part"):  # the kill may have come between writing and renaming
        os.utime(half_written, (0, 0))
    site.ask("from apps.slides.sweeping import sweep\nanswer = sweep()")
    kept = sorted(path.relative_to(media).as_posix() for path in media.rglob("*") if path.is_file())
    assert answer == [64, 1, 0, kept]
