"""Act on a site of tests from a process of its own: one JSON object a line, one answer a line."""

import errno
import hashlib
import io
import json
import random
import sys
import threading
import time
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest import mock

import django
from django.conf import settings

PASSWORD = "correct horse battery staple"


def command(name: str, args: list[str], slow: float = 0.0, full_after: int = 0) -> dict[str, str]:
    """Run a management command; return what it says, and its refusal.

    A backup copies each file slowly, or meets a full disk after so many.
    """
    from django.core.management import CommandError, call_command

    from apps.backups import objects

    copy, copied = objects._copy, []

    def slowly(*values: Any) -> Any:
        time.sleep(slow)
        copied.append(values)
        if full_after and len(copied) > full_after:
            raise OSError(errno.ENOSPC, "No space left on device")
        return copy(*values)

    said = io.StringIO()
    with redirect_stdout(said), redirect_stderr(said), mock.patch.object(objects, "_copy", slowly):
        try:
            call_command(name, *args, stdout=said, stderr=said)
        except (CommandError, SystemExit) as refusal:
            return {"said": said.getvalue(), "refused": str(refusal)}
    return {"said": said.getvalue(), "refused": ""}


def fill(slides: int = 2) -> dict[str, Any]:
    """Make a site that people have worked on: pictures, cells, labels, an undo, jobs in every state, a session."""
    from django.test import Client
    from django.utils import timezone

    from apps.accounts.models import User
    from apps.cells import services
    from apps.jobs import kinds
    from apps.jobs.models import Attempt, Job
    from tests.cells.factories import make_slide
    from tests.factories import MembershipFactory, ProjectFactory, SiteAdminFactory, UserFactory

    SiteAdminFactory(email="admin@example.org", password=PASSWORD)
    project = ProjectFactory(name="Hämatologie \N{SNOWMAN}")
    person = UserFactory(email="reviewer@example.org", name="Rita", password=PASSWORD)
    MembershipFactory(project=project, user=person, role="manager")
    made = [stored_slide(make_slide(project, title=f"Slide {n}"), seed=n) for n in range(slides)]
    first = made[0][0]
    services.label(actor=person, cell=first, to_class="monocyte", expected_version=1, seen_suggestion=True)
    first.refresh_from_db()
    services.undo(actor=person, cell=first, expected_version=2)
    first.refresh_from_db()
    services.label(actor=person, cell=first, to_class="basophil", expected_version=3, seen_suggestion=False)
    services.mark_seen(actor=person, slide=first.field.slide, cell_ids=[cell.public_id for cell in made[0]])
    browser = Client(SERVER_NAME="localhost")
    browser.login(username=person.email, password=PASSWORD)
    now = timezone.now()
    running = Job.objects.create(
        kind="analyse",
        queue=kinds.GPU_SHORT,
        params={"slide_id": str(first.field.slide.public_id)},
        max_attempts=3,
        project=project,
        subject=f"slide:{first.field.slide.public_id}",
    )
    Job.objects.filter(pk=running.pk).update(
        state="running",
        attempt=1,
        worker="somewhere/1.1/worker",
        lease_token=running.public_id,
        lease_expires_at=now + timedelta(hours=1),
    )
    Attempt.objects.create(job=running, number=1, worker="somewhere/1.1/worker", started_at=now)
    User.objects.filter(pk=person.pk).update(last_login=now)
    return {
        "person": str(person.public_id),
        "project": str(project.public_id),
        "slide": str(first.field.slide.public_id),
        "specimen": str(first.field.slide.specimen.public_id),
        "field": str(first.field.public_id),
        "cell": str(first.public_id),
        "job": str(running.public_id),
    }


def stored_slide(slide: Any, *, seed: int) -> list[Any]:
    """Put a field with two cells on a slide; their pictures are in the store before any row names them."""
    from dataclasses import replace

    from django.db import transaction

    from apps.core import storage
    from tests.cells.factories import finding, make_cells, make_field
    from tests.kits import images as kit

    image, thumbnail = storage.new_key("fields", ".png"), storage.new_key("thumbnails", ".jpg")
    storage.save_bytes(image, kit.encoded(kit.picture(seed=seed)))
    storage.save_bytes(thumbnail, kit.encoded(kit.picture(32, 24, seed), "JPEG"))
    found = []
    for at, name in enumerate(("neutrophil", "lymphocyte")):
        found.append(replace(finding(name, at=at), crop_key=storage.new_key("jobs/made/1", ".png")))
        storage.save_bytes(found[-1].crop_key, kit.encoded(kit.picture(20, 20, seed + at)))
    with transaction.atomic():
        return make_cells(make_field(slide, image_key=image, thumbnail_key=thumbnail), *found)


def digest() -> dict[str, Any]:
    """Return what every table and every stored file is, in digests of two independent kinds."""
    from django.db import connections

    from apps.backups import rows
    from apps.backups.databases import site_database
    from apps.core import storage

    raw = {name: found.as_json() for name, found in site_database().digests().items()}
    connections.close_all()
    return {
        "raw": raw,
        "plain": {
            model._meta.db_table: rows.digest(model, "default").as_json() for model in rows.moved_models()
        },
        "files": {
            key: hashlib.sha256(storage.open_key(key).read()).hexdigest() for key in storage.every_key()
        },
    }


def look(made: dict[str, str]) -> dict[str, Any]:
    """Sign in with the password and look at a cell as a person would: its picture and its history."""
    from django.test import Client

    browser = Client(raise_request_exception=False, SERVER_NAME="localhost")
    sent = {"login": "reviewer@example.org", "password": PASSWORD}
    signed_in = browser.post("/accounts/login/", sent)
    picture = browser.get(f"/cells/{made['cell']}/crop/")
    return {
        "signed_in": signed_in.status_code,
        "picture": hashlib.sha256(b"".join(picture.streaming_content)).hexdigest(),
        "history": browser.get(f"/api/v1/cells/{made['cell']}/events/").json(),
    }


def label(made: dict[str, str], to: str, version: int) -> int:
    """Give a cell a class through the API; return the status."""
    from django.test import Client

    browser = Client(raise_request_exception=False, SERVER_NAME="localhost")
    browser.post("/accounts/login/", {"login": "reviewer@example.org", "password": PASSWORD})
    answer = browser.post(
        f"/api/v1/cells/{made['cell']}/label/",
        {"to": to, "version": version, "seen_suggestion": False},
        content_type="application/json",
    )
    return answer.status_code


def erase(kind: str, name: str) -> str:
    """Erase a person or a specimen for good."""
    from apps.accounts.models import User
    from apps.accounts.services import erase_person
    from apps.slides.models import Specimen
    from apps.slides.services import erase_specimen

    admin = User.objects.get(email="admin@example.org")
    if kind == "person":
        return erase_person(actor=admin, user=User.objects.get(public_id=name)).name
    manager = User.objects.filter(memberships__role="manager").first()
    return str(erase_specimen(actor=manager, specimen=Specimen.objects.get(public_id=name)).public_id)


def due() -> list[str]:
    """Do what the schedule and a worker would do now; return how the waiting jobs of this room ended."""
    from apps.core import disposal
    from apps.jobs.execution import execute
    from apps.jobs.models import Job
    from apps.slides import retention

    retention.run()
    waiting = Job.objects.filter(state="queued", kind__in=["purge", "erase-specimen"])
    ends = [str(execute(job.pk, job.attempt, worker="test")) for job in waiting]
    disposal.remove_doomed()
    return ends


def query(sql: str) -> list[list[Any]]:
    """Return rows."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(sql)
        return [[str(value) for value in row] for row in cursor.fetchall()]


def execute(sql: str, args: list[Any]) -> str:
    """Change rows past the site's own rules."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(sql, args)
    return "done"


def new_slide() -> int:
    """Make a slide; return its number."""
    from apps.accounts.models import Project
    from apps.slides.models import Slide, Specimen

    project = Project.objects.get()
    pseudonym = f"N-{Specimen.objects.count()}"
    specimen = Specimen.objects.create(project=project, pseudonym=pseudonym)
    return Slide.objects.create(specimen=specimen, project=project, title=pseudonym).pk


def analyse(made: dict[str, str]) -> str:
    """Let an embedded worker run the job that ran when the site was filled; return how it ended."""
    from apps.jobs.models import Job
    from tests.kits.processes import running, wait_for

    Job.objects.filter(public_id=made["job"]).update(lease_expires_at="2001-01-01T00:00:00Z")

    def ended() -> str:
        state = Job.objects.get(public_id=made["job"]).state
        return "" if state in {"queued", "running"} else state

    log = Path(settings.WBCWEB_DATA_DIR) / "worker.log"
    with running([sys.executable, "manage.py", "worker"], log=log):
        return wait_for(ended, seconds=120, because=lambda: log.read_text()[-3000:])


def worker_seen(seconds_ago: int) -> str:
    """Let a worker on another machine have been seen so long ago."""
    from django.utils import timezone

    from apps.jobs.models import Worker

    seen = timezone.now() - timedelta(seconds=seconds_ago)
    first = {"role": "celery", "host": "gpu-box", "pid": 1, "started_at": seen}
    Worker.objects.update_or_create(name="gpu-box/1", defaults={**first, "seen_at": seen})
    return "seen"


def rules() -> dict[str, str]:
    """Return the triggers."""
    from django.db import connection

    from apps.backups.rules import triggers

    return triggers(connection)


def sealed(table: str) -> str:
    """Try to delete the rows of a table; return what the database says to that."""
    from django.db import IntegrityError, connection, transaction

    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {table}")
    except IntegrityError as refusal:
        return str(refusal)
    return ""


_churning = threading.Event()
_done: list[int] = []
_threads: list[threading.Thread] = []


def churn() -> str:
    """Begin to work on the site without a pause: upload, store, remove for good, sweep."""
    _churning.set()
    for work in (_upload_and_remove, _sweep):
        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        _threads.append(thread)
    return "at it"


def rounds() -> int:
    """Return how often round the work has gone so far."""
    return len(_done)


def rest() -> int:
    """Stop working; return how often round."""
    _churning.clear()
    for thread in _threads:
        thread.join()
    return len(_done)


def _upload_and_remove() -> None:
    from django.db import connections, transaction

    from apps.accounts.models import Project, User
    from apps.jobs.execution import execute
    from apps.slides import purging, services
    from apps.slides.models import Slide
    from apps.slides.receiving import receive_bytes
    from tests.kits import images as kit

    person = User.objects.get(email="reviewer@example.org")
    project = Project.objects.get(memberships__user=person)
    chance = random.Random(1)  # noqa: S311 - pictures
    try:
        while _churning.is_set():
            upload = services.open_upload(requester=person, project=project, mode="one-slide", analyse=False)
            for _ in range(2):
                data = kit.encoded(kit.picture(48, 40, seed=chance.randrange(10**9)))
                services.add_file(upload=upload, received=receive_bytes("a.png", data))
            job = services.complete(upload=upload)
            execute(job.pk, job.attempt, worker="churn")
            slide = Slide.objects.filter(uploads=upload).select_related("project").first()
            stored_slide(slide, seed=chance.randrange(10**9))
            # The oldest of those made here, so that some stand for a while.
            old = Slide.objects.filter(created_by=person, trashed_at=None).order_by("pk")
            if old.count() > 3:
                services.trash(actor=person, slide=old[0])
                purging.purge_slide(
                    slide=Slide.objects.filter(trashed_at__isnull=False).first(),
                    actor=None,
                    transaction=transaction.atomic,
                )
            _done.append(1)
    finally:
        connections.close_all()


def _sweep() -> None:
    from django.db import connections

    from apps.core import disposal
    from apps.jobs import files
    from apps.slides.sweeping import sweep

    try:
        while _churning.is_set():
            disposal.remove_doomed()
            files.sweep(after_s=0)
            sweep()
            time.sleep(0.01)
    finally:
        connections.close_all()


def main() -> None:
    django.setup()
    acts: dict[str, Callable[..., object]] = {
        act.__name__: act
        for act in (
            command,
            fill,
            digest,
            look,
            label,
            erase,
            due,
            query,
            execute,
            new_slide,
            analyse,
            worker_seen,
            rules,
            sealed,
            churn,
            rounds,
            rest,
        )
    }
    for line in sys.stdin:
        asked = json.loads(line)
        answer = acts[asked.pop("act")](**asked)
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
