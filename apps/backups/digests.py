"""Digests of whole tables, in constant memory and in whatever order the rows come."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_MODULUS = 1 << 256
_CHUNK = 1 << 20


@dataclass(slots=True)
class TableDigest:
    """How many rows, and the sum of their SHA-256, modulo 2^256.

    Two tables with the same rows have the same digest whatever their order; a row that is there twice counts twice.
    It guards against loss and damage, not against somebody who makes rows up to match.
    """

    rows: int = 0
    total: int = 0

    def add(self, row: bytes) -> None:
        """Count a row in, given in a form that is the same wherever the row is the same."""
        self.rows += 1
        self.total = (self.total + int.from_bytes(hashlib.sha256(row).digest(), "big")) % _MODULUS

    def as_json(self) -> dict[str, Any]:
        """Return the digest as plain values."""
        return {"rows": self.rows, "sha256_sum": f"{self.total:064x}"}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> TableDigest:
        """Return the digest that plain values stand for."""
        return cls(rows=int(values["rows"]), total=int(values["sha256_sum"], 16))


def plain_row(values: Iterable[Any]) -> bytes:
    """Return a row of plain values (text, numbers, bytes, null) in one form."""
    return json.dumps(list(values), ensure_ascii=True, separators=(",", ":"), default=_hex).encode("ascii")


def _hex(value: object) -> str:
    if isinstance(value, bytes):
        return f"\\x{value.hex()}"
    raise TypeError(f"No plain value: {type(value).__name__}.")


def differing(wanted: dict[str, TableDigest], found: dict[str, TableDigest]) -> list[str]:
    """Return the tables that are not the same, each with its numbers of rows, for the administrator."""
    words = []
    for table in sorted(wanted.keys() | found.keys()):
        before, now = wanted.get(table), found.get(table)
        if before != now:
            counts = [str(digest.rows) if digest else "no table" for digest in (before, now)]
            words.append(f"{table} ({counts[0]} rows, now {counts[1]})")
    return words


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as stream:
        total = hashlib.sha256()
        while piece := stream.read(_CHUNK):
            total.update(piece)
    return total.hexdigest()
