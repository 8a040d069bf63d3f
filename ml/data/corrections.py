"""Label errors of public sets found by looking: which images to leave out of a corrected figure or of training."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Corrections:
    """The rows (set, image, finding) of a corrections file."""

    rows: tuple[tuple[str, str, str], ...]

    def excluded(self, dataset: str) -> frozenset[str]:
        """Return the images of a set that miss a box, or whose white cell is boxed as something else."""
        return frozenset(
            name for source, name, finding in self.rows if source == dataset and " no " in f" {finding} "
        )

    def near_identical(self, dataset: str) -> frozenset[str]:
        """Return the images that are nearly the same as one of another part, both of each pair."""
        pairs = [
            (name, *re.findall(r"near-identical to (\S+)", finding))
            for source, name, finding in self.rows
            if source == dataset and "near-identical" in finding
        ]
        return frozenset(name for pair in pairs for name in pair)


def read_corrections(path: Path) -> Corrections:
    """Read a ``set,image,finding`` file; a missing file gives no corrections."""
    if not path.is_file():
        return Corrections(())
    with path.open(newline="", encoding="utf-8") as stream:
        return Corrections(tuple((r["set"], r["image"], r["finding"]) for r in csv.DictReader(stream)))
