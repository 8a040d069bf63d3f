"""Kinds of work that only tests know: quick ones, slow ones, and several that behave badly."""

import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.db.migrations.state import ProjectState

from apps.core.errors import InvalidInput
from apps.core.triggers import AppendOnly
from apps.jobs import kinds
from apps.jobs.claim import Claim
from apps.jobs.context import JobContext
from apps.jobs.errors import JobFailed
from apps.jobs.kinds import JobKind
from apps.jobs.models import Job
from ml.errors import MLError

EFFECTS = "jobs_test_effect"
Effect = Callable[[], None] | None


@dataclass(frozen=True)
class Plain:
    """How long to work, in seconds, and what to call the effect."""

    seconds: float = 0.0
    note: str = ""


@dataclass(frozen=True)
class Nothing:
    """No parameters."""


def make_effects_table() -> None:
    """Make the table in which handlers leave their mark; without any uniqueness, so that a second mark shows."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TABLE IF NOT EXISTS {EFFECTS} (job varchar(40), attempt integer, note varchar(100))"
        )


def seal_effects_table() -> None:
    """Let nothing be changed or removed there, so that what was written once cannot be hidden again."""
    with connection.schema_editor() as editor:
        AppendOnly(EFFECTS).database_forwards("tests", editor, ProjectState(), ProjectState())


def drop_effects_table() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {EFFECTS}")


def effects_of(job_id: object) -> list[tuple[int, str]]:
    """Return (attempt, note) of every effect of a job."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT attempt, note FROM {EFFECTS} WHERE job = %s ORDER BY attempt", [str(job_id)])
        return list(cursor.fetchall())


def mark(ctx: JobContext | Claim, note: str = "") -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {EFFECTS} VALUES (%s, %s, %s)", [str(ctx.job_id), ctx.attempt, note])


def write_output(ctx: JobContext, name: str = "out.txt") -> Path:
    path = Path(settings.MEDIA_ROOT) / ctx.output_prefix() / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("complete")
    return path


def quick(ctx: JobContext, params: Plain) -> Effect:
    """Work in silence for a while, then leave one mark and one file."""
    time.sleep(params.seconds)
    write_output(ctx)
    return lambda: mark(ctx, params.note)


def steady(ctx: JobContext, params: Plain) -> Effect:
    """Work in small steps and report each; stop when told."""
    begun = time.monotonic()
    total = max(1, int(params.seconds * 100))
    while time.monotonic() - begun < params.seconds:
        done = int((time.monotonic() - begun) * 100)
        ctx.progress(done=min(done, total), total=total, stage="Working", message="Step by step")
        time.sleep(0.02)
    write_output(ctx)
    return lambda: mark(
        ctx, f"{params.note}pid={os.getpid()} nice={os.nice(0)} omp={os.environ.get('OMP_NUM_THREADS')}"
    )


def polling(ctx: JobContext, params: Plain) -> Effect:
    """Work like a loop of ``ml``: ask whether to stop, and return early with what is there."""
    begun = time.monotonic()
    while time.monotonic() - begun < params.seconds and not ctx.cancelled():
        time.sleep(0.02)
    return lambda: mark(ctx, "maybe half done")


def deaf(ctx: JobContext, params: Plain) -> Effect:
    """Work without ever reporting or asking, and survive a polite signal."""
    if params.note == "ignore-term":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    time.sleep(params.seconds)
    return lambda: mark(ctx)


def poison(ctx: JobContext, params: Nothing) -> Effect:
    """Take the process down, whichever it is."""
    sys.stderr.write("about to die\n")
    sys.stderr.flush()
    os.kill(os.getpid(), signal.SIGKILL)
    return None


def broken(ctx: JobContext, params: Plain) -> Effect:
    """Raise what the note says."""
    ctx.progress(done=1, total=3, stage="Breaking")
    write_output(ctx)
    if params.note == "failed-retry":
        raise JobFailed("The scanner did not answer.", retry=True)
    if params.note == "failed":
        raise JobFailed("The slide is empty.", retry=False)
    if params.note == "domain":
        raise InvalidInput("This makes no sense.")
    if params.note == "ml":
        raise MLError("These weights are damaged.")
    if params.note == "effect":

        def spoiled() -> None:
            mark(ctx)
            raise ZeroDivisionError

        return spoiled
    raise ZeroDivisionError("secret detail")


def stepwise(ctx: JobContext, params: Plain) -> Effect:
    """Leave a durable mark first, fail at the first attempt, go on at the second."""
    with ctx.transaction():
        mark(ctx, "kept")
    write_output(ctx)
    if ctx.attempt == 1:
        raise JobFailed("Half way.", retry=True)
    return lambda: mark(ctx, "finished")


def naming(ctx: JobContext, params: Plain) -> Effect:
    """Write two files, let a row name one of them, and fail at the first attempt."""
    for name in ("one.txt", "two.txt"):
        write_output(ctx, name)
    with ctx.transaction(advances=True):
        mark(ctx, f"{ctx.output_prefix()}one.txt")
    if ctx.attempt == 1:
        raise JobFailed("Half way.", retry=True)
    return None


def named_by_marks(*, job_pk: int, prefix: str) -> list[str]:
    """Return the files that marks name."""
    job = Job.objects.get(pk=job_pk)
    return [note for _, note in effects_of(job.public_id) if note.startswith(prefix)]


def checkpointed(ctx: JobContext, params: Plain) -> Effect:
    """Save a checkpoint at each attempt and fail, until there are three; the checkpoints keep it alive."""
    found = len(ctx.checkpoint_key.split("+")) if ctx.checkpoint_key else 0
    write_output(ctx, "checkpoint")
    if found < 3:
        ctx.save_checkpoint("+".join([ctx.output_prefix() + "checkpoint"] * (found + 1)))
        raise JobFailed("Not yet.", retry=True)
    return lambda: mark(ctx, "resumed")


def sleeper(ctx: JobContext, params: Plain) -> Effect:
    """Stop this process at its first attempt in the middle of the finishing transaction, until somebody wakes it."""

    def fall_asleep() -> None:
        mark(ctx, params.note)
        if ctx.attempt == 1:
            os.kill(os.getpid(), signal.SIGSTOP)

    write_output(ctx)
    return fall_asleep


HERE = "tests.jobs.work"
KINDS = (
    JobKind("test-quick", f"{HERE}.quick", Plain, max_attempts=10, label="Quick work"),
    JobKind("test-steady", f"{HERE}.steady", Plain, queue="gpu-short", label="Steady work", unit="fields"),
    JobKind("test-polling", f"{HERE}.polling", Plain),
    JobKind("test-deaf", f"{HERE}.deaf", Plain, wall_clock_s=2, no_progress_s=60),
    JobKind("test-poison", f"{HERE}.poison", Nothing, max_attempts=3),
    JobKind("test-broken", f"{HERE}.broken", Plain, max_attempts=2, label="Broken work"),
    JobKind("test-stepwise", f"{HERE}.stepwise", Plain),
    JobKind("test-naming", f"{HERE}.naming", Plain, named_files=f"{HERE}.named_by_marks"),
    JobKind("test-checkpointed", f"{HERE}.checkpointed", Plain, max_attempts=2),
    JobKind("fault-default", f"{HERE}.steady", Plain, max_attempts=5),
    JobKind("fault-short", f"{HERE}.steady", Plain, queue="gpu-short", max_attempts=5),
    JobKind("fault-long", f"{HERE}.steady", Plain, queue="gpu-long", max_attempts=5),
    JobKind("fault-sleeper", f"{HERE}.sleeper", Plain, max_attempts=5),
    JobKind("test-long", f"{HERE}.steady", Plain, queue="gpu-long", label="Long work", wall_clock_s=120),
    JobKind("test-long-deaf", f"{HERE}.deaf", Plain, queue="gpu-long", no_progress_s=1.5),
    JobKind("test-long-stubborn", f"{HERE}.deaf", Plain, queue="gpu-long"),
    JobKind("test-long-poison", f"{HERE}.poison", Nothing, queue="gpu-long", max_attempts=2),
)


def register_all() -> None:
    for kind in KINDS:
        kinds.register(kind)


def unregister_all() -> None:
    for kind in KINDS:
        kinds.unregister(kind.name)
