"""Looking whether a backup is whole: every file there, every checksum right, nothing half."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from apps.backups import manifest
from apps.backups.digests import sha256_of
from apps.backups.inventory import Stored, read_list
from apps.backups.manifest import Manifest
from apps.backups.problems import BackupProblem
from apps.backups.words import counted

_SHOWN = 5


def verify(folder: Path, *, say: Callable[[str], None]) -> Manifest:
    """Read the whole backup and hold it against its manifest; return the manifest.

    Raises:
        BackupProblem: with what is missing or damaged.
    """
    found = Manifest.read(folder)
    say("Checking the database's file ...")
    database = folder / found.database.file
    if not database.is_file() or database.stat().st_size != found.database.size:
        raise BackupProblem(f"{database} is missing or not whole.")
    if sha256_of(database) != found.database.sha256:
        raise BackupProblem(f"{database} is damaged: its checksum is not that of the manifest.")
    listed = folder / manifest.LIST
    if not listed.is_file() or sha256_of(listed) != found.objects.list_sha256:
        raise BackupProblem(f"{listed} is missing or damaged.")
    say(f"Checking {counted(found.objects.count, 'file')} ...")
    bad = list(_damaged(folder))
    if bad:
        more = f" and {len(bad) - _SHOWN} more" if len(bad) > _SHOWN else ""
        raise BackupProblem(f"The backup is damaged: {'; '.join(bad[:_SHOWN])}{more}.")
    return found


def objects_of(folder: Path) -> Iterator[tuple[Stored, Path]]:
    """Yield the stored files of a backup with where each lies.

    Raises:
        BackupProblem: when the list is damaged.
    """
    try:
        for file in read_list(folder / manifest.LIST):
            yield file, folder / manifest.OBJECTS / file.key
    except ValueError as error:
        raise BackupProblem(f"{folder / manifest.LIST} is damaged.") from error


def _damaged(folder: Path) -> Iterator[str]:
    for file, path in objects_of(folder):
        if not path.is_file():
            yield f"{file.key} is missing"
        elif path.stat().st_size != file.size or sha256_of(path) != file.sha256:
            yield f"{file.key} is not as it was"
