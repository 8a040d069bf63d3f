"""What a backup says of itself: a folder is a backup when it holds a manifest, which is written last."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from apps.backups.digests import TableDigest
from apps.backups.problems import BackupProblem

FORMAT = 1
FILE = "manifest.json"
OBJECTS = "objects"
LIST = "objects.tsv"
SECRET_KEY = "secret_key"  # noqa: S105 - the name of a file
ERASURES = "erasures.json"  # beside the backups, not in one of them
_NAME = re.compile(r"\d{4}-\d\d-\d\dT\d{6}Z(-\d+)?")


@dataclass(frozen=True, slots=True)
class DatabasePart:
    """The copy of the database: which kind, from which server version, and the digest of every table in it."""

    engine: str
    server: str
    file: str
    size: int
    sha256: str
    left_out: list[str]
    tables: dict[str, TableDigest]


@dataclass(frozen=True, slots=True)
class ObjectsPart:
    """The stored files: the checksum of their list, how many, their bytes; some of those that were missing already."""

    list_sha256: str
    count: int
    bytes: int
    missing: int
    some_missing: list[str]


@dataclass(frozen=True, slots=True)
class KeyPart:
    """The site's secret key: whether it lies in the backup, and by what it is known again."""

    included: bool
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """Everything that is known of a backup; ``created`` in ISO 8601, ``migrations`` as pairs of app and name."""

    name: str
    created: str
    wbcweb: str
    migrations: list[tuple[str, str]]
    database: DatabasePart
    objects: ObjectsPart
    secret_key: KeyPart
    format: int = FORMAT

    def write(self, folder: Path) -> None:
        """Write the manifest into the backup's folder."""
        values = asdict(self)
        values["database"]["tables"] = {
            name: digest.as_json() for name, digest in self.database.tables.items()
        }
        (folder / FILE).write_text(json.dumps(values, indent=1, sort_keys=True) + "\n", encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> Manifest:
        """Return the manifest of a backup.

        Raises:
            BackupProblem: when the folder is no backup, or one of a newer kind.
        """
        path = folder / FILE
        if not path.is_file():
            raise BackupProblem(
                f"{folder} is not a backup: it holds no {FILE}. Name the folder of one backup, such as "
                "backups/2026-11-21T103005Z."
            )
        try:
            values = json.loads(path.read_text(encoding="utf-8"))
            if values["format"] > FORMAT:
                raise BackupProblem(
                    f"{folder} was made by a newer version of wbcweb: restore it with that one."
                )
            database = dict(values["database"])
            tables = {name: TableDigest.from_json(digest) for name, digest in database.pop("tables").items()}
            return cls(
                name=values["name"],
                created=values["created"],
                wbcweb=values["wbcweb"],
                migrations=[(app, name) for app, name in values["migrations"]],
                database=DatabasePart(**database, tables=tables),
                objects=ObjectsPart(**values["objects"]),
                secret_key=KeyPart(**values["secret_key"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise BackupProblem(f"The manifest of {folder} is damaged: {error}.") from error


def fingerprint(secret_key: str) -> str:
    """Return by what a key is known again; nobody finds the key from it."""
    return hmac.digest(secret_key.encode(), b"wbcweb.backups.key", hashlib.sha256).hex()[:16]


def backups_in(folder: Path) -> Iterator[Path]:
    """Yield the complete backups of a folder, the oldest first."""
    if folder.is_dir():
        for path in sorted(folder.iterdir()):
            if _NAME.fullmatch(path.name) and (path / FILE).is_file():
                yield path


def plain(manifest: Manifest) -> dict[str, Any]:
    """Return what a person wants to know of a backup, by name."""
    return {
        "Made": manifest.created,
        "By": f"wbcweb {manifest.wbcweb}",
        "Database": f"{manifest.database.engine} {manifest.database.server}",
        "Rows": sum(digest.rows for digest in manifest.database.tables.values()),
        "Files": manifest.objects.count,
    }
