"""Which stored files a backup holds, with size and checksum: an index while it is made, a plain list afterwards.

The index is a small SQLite file, so that millions of files need no memory, and a run that was killed goes on where it
stood. The list is text, one line a file: SHA-256, size in bytes and key, with tabs between, sorted by key.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_COMMIT_EVERY = 500


@dataclass(frozen=True, slots=True)
class Stored:
    """A file in a backup; ``size`` in bytes."""

    key: str
    size: int
    sha256: str


class Inventory:
    """The index of a backup that is being made; see the module."""

    def __init__(self, path: Path) -> None:
        self._line = sqlite3.connect(path)
        # It is made anew when it is lost: speed before safety.
        self._line.execute("PRAGMA synchronous=OFF")
        self._line.executescript(
            "CREATE TABLE IF NOT EXISTS here (key TEXT PRIMARY KEY, size INTEGER, sha256 TEXT, seen INTEGER);"
            "CREATE TABLE IF NOT EXISTS before (key TEXT PRIMARY KEY, size INTEGER, sha256 TEXT);"
            "CREATE TABLE IF NOT EXISTS named (key TEXT PRIMARY KEY);"
            "UPDATE here SET seen = 0; DELETE FROM before; DELETE FROM named;"
        )
        self._waiting = 0

    def close(self) -> None:
        """Write down what is known and close."""
        self._line.commit()
        self._line.close()

    def remember_before(self, files: Iterator[Stored]) -> None:
        """Take in what an earlier backup holds."""
        self._line.executemany(
            "INSERT OR REPLACE INTO before VALUES (?, ?, ?)",
            ((file.key, file.size, file.sha256) for file in files),
        )
        self._line.commit()

    def before(self, key: str) -> Stored | None:
        """Return a file as the earlier backup holds it."""
        return self._find("before", key)

    def here(self, key: str) -> Stored | None:
        """Return a file as this backup holds it already, from this run or one that was killed."""
        return self._find("here", key)

    def add(self, file: Stored) -> None:
        """Enter a file that lies whole in this backup, and note that the store has it."""
        self._line.execute(
            "INSERT OR REPLACE INTO here VALUES (?, ?, ?, 1)", (file.key, file.size, file.sha256)
        )
        self._waiting += 1
        if self._waiting >= _COMMIT_EVERY:
            self._line.commit()
            self._waiting = 0

    def add_named(self, key: str) -> None:
        """Note that the copied database names a file."""
        self._line.execute("INSERT OR IGNORE INTO named VALUES (?)", (key,))

    def not_seen(self) -> list[str]:
        """Return the files that lie here from a run that was killed, and that the store has no more."""
        return [key for (key,) in self._line.execute("SELECT key FROM here WHERE NOT seen")]

    def forget_not_seen(self) -> None:
        """Strike them off."""
        self._line.execute("DELETE FROM here WHERE NOT seen")

    def missing(self) -> list[str]:
        """Return the files that the database names and that are not here; there are few, or the store is lost."""
        rows = self._line.execute(
            "SELECT named.key FROM named LEFT JOIN here USING (key) WHERE here.key IS NULL ORDER BY named.key"
        )
        return [key for (key,) in rows]

    def totals(self) -> tuple[int, int]:
        """Return how many files are here, and their bytes."""
        count, size = self._line.execute("SELECT count(*), coalesce(sum(size), 0) FROM here").fetchone()
        return int(count), int(size)

    def write_list(self, path: Path) -> None:
        """Write the list of what is here."""
        with path.open("w", encoding="ascii") as stream:
            for key, size, sha256 in self._line.execute("SELECT key, size, sha256 FROM here ORDER BY key"):
                stream.write(f"{sha256}\t{size}\t{key}\n")

    def _find(self, table: str, key: str) -> Stored | None:
        row = self._line.execute(
            f"SELECT size, sha256 FROM {table} WHERE key = ?",  # noqa: S608 - one of two names above
            (key,),
        ).fetchone()
        return Stored(key, int(row[0]), str(row[1])) if row else None


def read_list(path: Path) -> Iterator[Stored]:
    """Yield the files of a list.

    Raises:
        ValueError: when a line is none of ours.
    """
    with path.open(encoding="ascii") as stream:
        for line in stream:
            sha256, size, key = line.rstrip("\n").split("\t")
            yield Stored(key, int(size), sha256)
