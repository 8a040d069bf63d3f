"""Restoring a backup into an empty place: checked first, files next, the database last, then what time has changed.

A place with anything in it is refused, so that no restore can destroy a site. A restore that was interrupted is gone
on with: a note in the data folder says of which backup the half-filled place is.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connections
from django.db.migrations.loader import MigrationLoader

from apps.backups import checking, erasures, manifest
from apps.backups.databases import Database, site_database
from apps.backups.digests import differing, sha256_of
from apps.backups.manifest import Manifest
from apps.backups.problems import BackupProblem
from apps.backups.words import counted, size
from apps.core import disk, storage
from apps.core.errors import NotFound
from apps.jobs.aftermath import HandedBack, hand_back

Say = Callable[[str], None]

NOTE = "restoring.json"
_WORDS = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


@dataclass(frozen=True, slots=True)
class Restored:
    """What came of it: jobs handed back, erasures repeated, and whether the site has another key than then."""

    manifest: Manifest
    jobs: HandedBack
    erased_again: int
    another_key: bool


def restore(*, source: Path, say: Say) -> Restored:
    """Restore a backup into the place that the settings name.

    Raises:
        BackupProblem: with a sentence: the place is not empty, the backup is damaged or of another kind.
    """
    database = site_database()
    found = Manifest.read(source)
    _refuse_other_kind(found, database)
    begun = _is_begun(source)
    if not begun:
        _refuse_filled(database)
    checking.verify(source, say=say)
    _require_room(found)
    _write_note(source)
    say(f"Restoring {counted(found.objects.count, 'file')} ...")
    _restore_objects(source, again=begun)
    if database.is_empty():
        say(f"Restoring the database ({found.database.engine}) ...")
        connections.close_all()
        database.load(source / found.database.file)
    say("Comparing every row ...")
    wrong = differing(found.database.tables, database.digests())
    if wrong:
        raise BackupProblem(f"The restored database is not the one of the backup: {', '.join(wrong)}.")
    another_key = _restore_key(source, found)
    result = Restored(found, *_bring_up_to_date(source, say), another_key)
    _note().unlink()
    return result


def _refuse_other_kind(found: Manifest, database: Database) -> None:
    if found.database.engine != database.engine:
        kind, here = _WORDS[found.database.engine], _WORDS[database.engine]
        raise BackupProblem(
            f"This backup holds a {kind} database, and WBCWEB_DATABASE_URL names {here}. Restore it into {kind}, "
            "then move it with `manage.py move_database`."
        )
    known = set(MigrationLoader(None, ignore_no_migrations=True).disk_migrations)
    rooms = {app for app, _ in known}
    newer = sorted(
        f"{app}.{name}" for app, name in found.migrations if app in rooms and (app, name) not in known
    )
    if newer:
        raise BackupProblem(
            f"This backup was made by a newer version, wbcweb {found.wbcweb}, than this one, "
            f"{settings.WBCWEB_VERSION} (which does not know {newer[0]}): restore it with that version."
        )


def _refuse_filled(database: Database) -> None:
    advice = "Nothing was changed. Name an empty place, or move what is there aside first."
    if not database.is_empty():
        raise BackupProblem(f"There is a database here already ({_place_of(database)}). {advice}")
    if next(iter(storage.entries()), None) is not None:
        raise BackupProblem(f"There are stored files here already ({storage.current().name}). {advice}")


def _place_of(database: Database) -> str:
    settings_ = connections["default"].settings_dict
    return str(settings_["NAME"]) if database.engine == "sqlite" else f"PostgreSQL, {settings_['NAME']}"


def _require_room(found: Manifest) -> None:
    """Refuse when the files would not fit where they go; a bucket or a server elsewhere knows its own limits."""
    needed = found.database.size if found.database.engine == "sqlite" else 0
    needed += found.objects.bytes if settings.WBCWEB_S3 is None else 0
    room = disk.room_at(settings.WBCWEB_DATA_DIR)
    if room.free < needed:
        raise BackupProblem(
            f"The backup needs {size(needed)}, and {size(room.free)} are free on the disk of "
            f"{room.folder}: free space first."
        )


def _note() -> Path:
    return Path(settings.WBCWEB_DATA_DIR) / NOTE


def _mark(source: Path) -> dict[str, str]:
    return {"manifest_sha256": sha256_of(source / manifest.FILE)}


def _is_begun(source: Path) -> bool:
    """Return whether the half-filled place is of this very backup."""
    try:
        return bool(json.loads(_note().read_text(encoding="utf-8")) == _mark(source))
    except (OSError, ValueError):
        return False


def _write_note(source: Path) -> None:
    _note().parent.mkdir(parents=True, exist_ok=True)
    _note().write_text(json.dumps(_mark(source)), encoding="utf-8")


def _restore_objects(source: Path, *, again: bool) -> None:
    for file, path in checking.objects_of(source):
        if again and _has(file.key, file.size):
            continue
        with path.open("rb") as stream:
            storage.save_stream(file.key, stream)


def _has(key: str, size: int) -> bool:
    try:
        return storage.current().size(key) == size
    except NotFound:
        return False


def _restore_key(source: Path, found: Manifest) -> bool:
    """Put the key of the backup in place; return whether the site's key is another than then all the same."""
    kept = Path(settings.WBCWEB_DATA_DIR) / manifest.SECRET_KEY
    from_file = kept.is_file() and kept.read_text(encoding="utf-8").strip() == settings.SECRET_KEY
    if found.secret_key.included and from_file:
        # The one that is there was made a moment ago, when the settings were read, and protects nothing yet.
        fresh = kept.with_name(f".{kept.name}.restoring")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write((source / manifest.SECRET_KEY).read_text(encoding="utf-8"))
        fresh.replace(kept)
        return False
    return manifest.fingerprint(settings.SECRET_KEY) != found.secret_key.fingerprint


def _bring_up_to_date(source: Path, say: Say) -> tuple[HandedBack, int]:
    """Migrate to this version, and undo what is not true any more: who works, who was erased since."""
    call_command("migrate", interactive=False, verbosity=0)
    jobs = hand_back()
    again = erasures.repeat(source.resolve().parent)
    if again:
        say(f"Erased again what was erased after this backup was made: {again}.")
    return jobs, again
