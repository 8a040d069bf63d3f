"""Making a backup while the site runs: the database first, then every file, then the manifest.

Files are written once and removed last, and none is removed while the hold stands. So each file that the copied
database names lies in the store until it is copied; files that come later are copied too and harm nobody.
"""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import Error, connection
from django.utils import timezone

from apps.backups import erasures, manifest, objects, place
from apps.backups.databases import Snapshot, site_database
from apps.backups.digests import sha256_of
from apps.backups.inventory import Inventory, read_list
from apps.backups.manifest import Manifest
from apps.backups.models import BackupRun
from apps.backups.objects import Collected
from apps.backups.problems import BackupProblem
from apps.core import disk, disposal

logger = logging.getLogger(__name__)

Say = Callable[[str], None]

_UNFINISHED = ".unfinished"
_INDEX = ".index.sqlite3"
_SOME = 20
_RUNS_KEPT = 500


@dataclass(frozen=True, slots=True)
class Made:
    """A finished backup: where it is, what became of its files, which old ones were removed."""

    folder: Path
    manifest: Manifest
    files: Collected
    removed: list[str]


def make_backup(*, to: Path, keep: int | None = None, with_key: bool = False, say: Say) -> Made:
    """Make a backup in a new folder below ``to``.

    It is complete or it is not there: everything is written under another name, which is changed last. A run that
    was killed is gone on with. Files that the newest backup in the same place holds are linked, not copied.

    Args:
        to: Where backups are kept; made when missing.
        keep: How many backups stay there, this one among them; all when ``None``.
        with_key: Whether to put the site's secret key into it.
        say: Told what happens, in lines for the administrator.

    Raises:
        BackupProblem: with a sentence, when it cannot be made; no backup in ``to`` has changed then.
        HoldLost: when the machine slept too long.
    """
    if keep is not None and keep < 1:
        raise BackupProblem("At least one backup must stay: KEEP must be 1 or more.")
    with place.opened(to):
        started = timezone.now()
        work = to / _UNFINISHED
        name = place.new_name(to, started)
        earlier = next(reversed(list(manifest.backups_in(to))), None)
        try:
            with disposal.hold():
                made, files = _fill(work, name, earlier, with_key=with_key, say=say)
        except Exception as error:
            if not disk.is_full(error):
                raise
            shutil.rmtree(work, ignore_errors=True)
            raise BackupProblem(
                f"The disk of {to} is full, and what was there of the backup is removed again: free space, "
                "name another place with OUT=..., or keep fewer backups with KEEP=..."
            ) from error
        folder = _finish(work, to / name)
        removed = place.remove_old(to, keep)
        try:
            erasures.write_list(to)
            _note(made, started)
        except Error:
            logger.warning("The backup is complete, but could not be put on record", exc_info=True)
    return Made(folder=folder, manifest=made, files=files, removed=removed)


def _fill(
    work: Path, name: str, earlier: Path | None, *, with_key: bool, say: Say
) -> tuple[Manifest, Collected]:
    """Copy everything into the working folder; return its manifest, and what became of the files."""
    database = site_database()
    files = work / manifest.OBJECTS
    files.mkdir(parents=True, exist_ok=True)
    inventory = Inventory(work / _INDEX)
    try:
        objects.remove_unknown(files, inventory)
        if earlier is not None:
            inventory.remember_before(read_list(earlier / manifest.LIST))
        place.require_room(work, database.size() + objects.bytes_to_copy(inventory))
        say(f"Copying the database ({database.engine}) ...")
        snapshot = database.copy(work, named=inventory.add_named)
        say("Copying the stored files ...")
        collected = objects.collect(files, inventory, earlier / manifest.OBJECTS if earlier else None)
        inventory.write_list(work / manifest.LIST)
        key = work / manifest.SECRET_KEY
        if with_key:
            key.write_text(settings.SECRET_KEY, encoding="utf-8")
        else:
            key.unlink(missing_ok=True)
        made = _describe(work, name, snapshot, inventory, with_key=with_key)
        made.write(work)
    finally:
        inventory.close()
    return made, collected


def _describe(work: Path, name: str, snapshot: Snapshot, inventory: Inventory, *, with_key: bool) -> Manifest:
    count, size = inventory.totals()
    missing = inventory.missing()
    return Manifest(
        name=name,
        created=timezone.now().isoformat(timespec="seconds"),
        wbcweb=settings.WBCWEB_VERSION,
        migrations=snapshot.migrations,
        database=manifest.DatabasePart(
            engine=snapshot.engine,
            server=snapshot.server,
            file=snapshot.file.name,
            size=snapshot.file.stat().st_size,
            sha256=sha256_of(snapshot.file),
            left_out=snapshot.left_out,
            tables=snapshot.tables,
        ),
        objects=manifest.ObjectsPart(
            list_sha256=sha256_of(work / manifest.LIST),
            count=count,
            bytes=size,
            missing=len(missing),
            some_missing=missing[:_SOME],
        ),
        secret_key=manifest.KeyPart(included=with_key, fingerprint=manifest.fingerprint(settings.SECRET_KEY)),
    )


def _finish(work: Path, folder: Path) -> Path:
    """Force everything to disk, then give the backup its name."""
    (work / _INDEX).unlink()
    os.sync()
    work.rename(folder)
    descriptor = os.open(folder.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    return folder


def _note(made: Manifest, started: datetime) -> None:
    """Put the backup on record, for the self-check; a database on the way to this version may have no place for it."""
    table = BackupRun._meta.db_table  # noqa: SLF001 - documented by Django
    if table not in connection.introspection.table_names():
        return
    run = BackupRun.objects.create(
        name=made.name,
        started_at=started,
        bytes=made.database.size + made.objects.bytes,
        objects_stored=made.objects.count,
        objects_missing=made.objects.missing,
    )
    BackupRun.objects.filter(pk__lte=run.pk - _RUNS_KEPT).delete()
