"""The Jiangxi Tecom set: pictures of about 120x120 pixels with class and mask (Zheng et al., Micron 107 (2018) 55).

The external laboratory: shipped weights never see it.
"""

from __future__ import annotations

import csv
from pathlib import Path

from ml.data.records import CellRecord
from ml.errors import DatasetError


def read_cells(root: Path) -> list[CellRecord]:
    """Return the cells; raises ``DatasetError`` when the folder is not such a set."""
    listing = root / "labels.csv"
    if not listing.is_file():
        raise DatasetError(f"No JTSC set under {root}. Expected labels.csv and images.")
    with listing.open(newline="", encoding="utf-8") as stream:
        return [
            CellRecord(
                "jtsc", row["image"], root / "images" / f"{row['image']}.png", row["category"], row["image"]
            )
            for row in csv.DictReader(stream)
        ]
