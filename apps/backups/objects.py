"""Bringing the stored files into a backup: linked where an earlier one has them, copied where not."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from apps.backups.digests import sha256_of
from apps.backups.inventory import Inventory, Stored
from apps.core import storage
from apps.core.errors import NotFound

_CHUNK = 1 << 20


def bytes_to_copy(inventory: Inventory) -> int:
    """Return how many bytes of the store neither this backup nor the earlier one has."""
    return sum(entry.size for entry in storage.entries() if _known(inventory, entry) is None)


def remove_unknown(folder: Path, inventory: Inventory) -> None:
    """Remove what a killed run wrote and did not enter any more: it may be half a file, or one that is gone by now."""
    for path in folder.rglob("*"):
        if path.is_file() and inventory.here(path.relative_to(folder).as_posix()) is None:
            path.unlink()


@dataclass(frozen=True, slots=True)
class Collected:
    """How many files were linked to the earlier backup's, and how many of those were damaged there."""

    linked: int
    damaged: int


def collect(folder: Path, inventory: Inventory, earlier: Path | None) -> Collected:
    """Bring every file of the store into a folder.

    Files are written once, so the same key and size is the same file: one that the earlier backup has is linked, after
    it was read and found to be what it was. So a disk that lost some bytes does not spoil one backup after the other.
    What lies in the folder and is not in the store any more, from a run that was killed, is removed.

    Args:
        folder: Where the files go, by their keys.
        inventory: The index of this backup; says what lies here and what the earlier one has.
        earlier: The folder of the earlier backup's files.
    """
    linked = damaged = 0
    for entry in storage.entries():
        target = folder / entry.key
        known = _known(inventory, entry)
        if known is not None and known == inventory.here(entry.key) and target.is_file():
            inventory.add(known)
            continue
        if known is not None and earlier is not None:
            source = earlier / entry.key
            if not _is_whole(source, known):
                damaged += 1
            elif _link(source, target):
                inventory.add(known)
                linked += 1
                continue
        with suppress(NotFound):  # the copied database does not name it, or it would be there
            inventory.add(_copy(entry.key, target))
    for key in inventory.not_seen():
        (folder / key).unlink(missing_ok=True)
    inventory.forget_not_seen()
    return Collected(linked=linked, damaged=damaged)


def _is_whole(path: Path, known: Stored) -> bool:
    try:
        return sha256_of(path) == known.sha256
    except OSError:
        return False


def _known(inventory: Inventory, entry: storage.Entry) -> Stored | None:
    """Return a stored file as this backup or the earlier one has it."""
    for found in (inventory.here(entry.key), inventory.before(entry.key)):
        if found is not None and found.size == entry.size:
            return found
    return None


def _copy(key: str, target: Path) -> Stored:
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = target.with_name(f"{target.name}.part")
    total, size = hashlib.sha256(), 0
    with storage.open_key(key) as source, fresh.open("wb") as stream:
        while piece := source.read(_CHUNK):
            total.update(piece)
            stream.write(piece)
            size += len(piece)
    fresh.replace(target)
    return Stored(key, size, total.hexdigest())


def _link(source: Path, target: Path) -> bool:
    """Give a file of an earlier backup a second name; say whether that was possible."""
    target.parent.mkdir(parents=True, exist_ok=True)
    target.unlink(missing_ok=True)
    try:
        target.hardlink_to(source)
    except OSError:  # another file system, one without links, or too many of them
        return False
    return True
